// Cartwake: nothing to start; a cart is the event that a shop's analytics pushes anyway.
window.dataLayer = window.dataLayer || [];
window.tellCart = (quantity) =>
  dataLayer.push({
    event: 'view_cart',
    ecommerce: {
      currency: 'EUR',
      value: quantity * 49.9,
      items: [{ item_id: 'P1', item_name: 'Linen shirt', item_variant: 'M', price: 49.9, quantity }],
    },
  });
