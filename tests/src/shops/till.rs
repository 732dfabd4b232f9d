//! The products, prices and totals of a fixture shop: the table of expected values, computed without the tracker.

/// Something that can be put into a basket: a product without variants, or one variant of a product.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The shop's id of the product.
    pub product: &'static str,
    /// The id of the variant; empty where the product has none.
    pub variant: &'static str,
    /// The stock keeping unit.
    pub sku: &'static str,
    /// The last part of the product page's address.
    pub handle: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What tells the variant from its sisters, as people read it; empty without variants.
    pub option: &'static str,
    /// One piece as the shop shows it, in minor units.
    pub price: i64,
    /// Every name a page of the shop gives to the product, for pages that give fewer than all of the above.
    pub names: &'static [&'static str],
}

/// How a shop reckons.
#[derive(Clone, Copy, Debug)]
pub struct Till {
    /// ISO 4217.
    pub currency: &'static str,
    /// A product without variants, then two variants of one product.
    pub offers: [Offer; 3],
    /// The price of so many pieces in minor units; with tax rounded per line it is not price × quantity.
    pub line_total: fn(&Offer, u32) -> i64,
}

/// Which offer, by its place in the till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice(pub usize);

/// The product without variants.
pub const PLAIN: Choice = Choice(0);
/// A variant.
pub const VARIANT: Choice = Choice(1);
/// Another variant of the same product.
pub const SISTER: Choice = Choice(2);

/// One shopper's basket.
#[derive(Clone, Debug, Default)]
pub struct Basket {
    /// What is in it, oldest first.
    pub lines: Vec<(Choice, u32)>,
    /// The address the checkout was sent.
    pub email: String,
    /// Number and total of the order.
    pub order: Option<(String, i64)>,
    /// What the shop will tell its analytics, and how many pages later.
    pub late: Vec<(u32, String)>,
}

/// A cart as the shop shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// ISO 4217.
    pub currency: &'static str,
    /// The total in minor units.
    pub total: i64,
    /// The lines, oldest first.
    pub lines: Vec<ShownLine>,
}

/// A line as the shop shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLine {
    /// Under which names the product is known.
    pub product: Vec<&'static str>,
    /// Under which names the variant is known; empty without variants.
    pub variant: Vec<&'static str>,
    /// Pieces.
    pub quantity: u32,
    /// One piece in minor units.
    pub price: i64,
    /// The line in minor units.
    pub total: i64,
}

/// Price × quantity.
pub(super) fn plain_total(offer: &Offer, quantity: u32) -> i64 {
    offer.price * i64::from(quantity)
}

impl Till {
    /// The offer behind a choice.
    pub fn offer(&self, choice: Choice) -> &Offer {
        &self.offers[choice.0]
    }

    /// The choice that one of the names stands for: SKU, variant id or, without variants, product id.
    pub fn choice(&self, name: &str) -> Option<Choice> {
        let is_meant = |offer: &Offer| {
            !name.is_empty()
                && (offer.sku == name || offer.variant == name || (offer.variant.is_empty() && offer.product == name))
        };
        self.offers.iter().position(is_meant).map(Choice)
    }

    /// The offers of one product page.
    pub fn on_page(&self, handle: &str) -> Vec<(Choice, &Offer)> {
        let offers = self.offers.iter().enumerate().filter(|(_, offer)| offer.handle == handle);
        offers.map(|(place, offer)| (Choice(place), offer)).collect()
    }

    /// What a line costs.
    pub fn line_total(&self, choice: Choice, quantity: u32) -> i64 {
        (self.line_total)(self.offer(choice), quantity)
    }

    /// What the basket costs.
    pub fn total(&self, basket: &Basket) -> i64 {
        basket.lines.iter().map(|(choice, quantity)| self.line_total(*choice, *quantity)).sum()
    }

    /// The basket as pages show it.
    pub fn shown(&self, basket: &Basket) -> Shown {
        let line = |(choice, quantity): &(Choice, u32)| {
            let offer = self.offer(*choice);
            let own = [offer.variant, offer.sku, offer.option].into_iter().filter(|name| !name.is_empty());
            ShownLine {
                product: [offer.product, offer.variant, offer.sku, offer.handle]
                    .into_iter()
                    .chain(offer.names.iter().copied())
                    .filter(|name| !name.is_empty())
                    .collect(),
                variant: if offer.variant.is_empty() { Vec::new() } else { own.collect() },
                quantity: *quantity,
                price: offer.price,
                total: self.line_total(*choice, *quantity),
            }
        };
        Shown { currency: self.currency, total: self.total(basket), lines: basket.lines.iter().map(line).collect() }
    }
}

impl Basket {
    /// Puts so many pieces in; a line that is there grows.
    pub fn add(&mut self, choice: Choice, quantity: u32) {
        match self.lines.iter_mut().find(|(known, _)| *known == choice) {
            Some((_, pieces)) => *pieces += quantity,
            None => self.lines.push((choice, quantity)),
        }
    }

    /// Sets the quantity of a line that is there; 0 removes it.
    pub fn set(&mut self, choice: Choice, quantity: u32) {
        for (known, pieces) in &mut self.lines {
            if *known == choice {
                *pieces = quantity;
            }
        }
        self.lines.retain(|(_, pieces)| *pieces > 0);
    }

    /// How many pieces there are.
    pub fn pieces(&self) -> u32 {
        self.lines.iter().map(|(_, pieces)| pieces).sum()
    }

    /// Pieces of one choice.
    pub fn pieces_of(&self, choice: Choice) -> u32 {
        self.lines.iter().find(|(known, _)| *known == choice).map_or(0, |(_, pieces)| *pieces)
    }

    /// Takes the order: the basket is empty afterwards.
    pub fn order(&mut self, till: &Till, number: &str) {
        self.order = Some((number.to_owned(), till.total(self)));
        self.lines.clear();
    }
}
