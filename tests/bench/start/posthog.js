// PostHog: to an endpoint of our own, with everything that it would load later switched off.
posthog.init('shop', {
  api_host: location.origin + '/take/posthog',
  disable_session_recording: true,
  disable_surveys: true,
  // A browser without a window looks like a bot to it.
  opt_out_useragent_filter: true,
  advanced_disable_flags: true,
  disable_external_dependency_loading: true,
});
window.tellCart = (quantity) => posthog.capture('cart viewed', { item: 'P1', quantity, value: quantity * 49.9 });
