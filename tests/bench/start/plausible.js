// Plausible: page views to an endpoint of our own, a cart as a custom event with properties.
peer.init({ domain: 'shop.example', endpoint: '/take/plausible', captureOnLocalhost: true, logging: false });
window.tellCart = (quantity) => peer.track('Cart', { props: { item: 'P1', quantity, value: quantity * 49.9 } });
