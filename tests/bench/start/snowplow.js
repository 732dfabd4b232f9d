// Snowplow: one tracker to a collector of our own; a cart is a structured event.
const { newTracker, trackPageView, trackStructEvent } = snowplowBrowserTracking;
newTracker('shop', location.origin, { appId: 'shop', postPath: '/take/snowplow' });
trackPageView();
window.tellCart = (quantity) => trackStructEvent({ category: 'cart', action: 'view', label: 'P1', property: 'M', value: quantity });
