//! The wire types as JSON; `shared::wire` says what they are.
//!
//! The tests hold these against the derived serialisation that the browser's side and the tests use.

use cartwake_shared::wire::{
    Catalogue, CatalogueEntry, Collect, Collected, Consent, Context, Ignored, Line, PageOrder, Restore, Restored,
    ServerOrder, Snapshot,
};

use super::{
    parse::Json,
    read::{FieldError, Fields, Read},
    write::{Object, Write},
};

impl Read for Collect {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            v: fields.needed("v")?,
            site: fields.needed("site")?,
            session: fields.optional("session")?,
            visitor: fields.needed("visitor")?,
            cart: fields.needed("cart")?,
            seq: fields.needed("seq")?,
            id: fields.needed("id")?,
            age: fields.or_default("age")?,
            snapshot: fields.optional("snapshot")?,
            email: fields.optional("email")?,
            consent: fields.optional("consent")?,
            order: fields.optional("order")?,
            via: fields.optional("via")?,
            customer: fields.optional("customer")?,
            signature: fields.optional("signature")?,
            context: fields.or_default("context")?,
        })
    }
}

impl Read for Snapshot {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            currency: fields.needed("currency")?,
            total: fields.optional("total")?,
            lines: fields.needed("lines")?,
            token: fields.optional("token")?,
        })
    }
}

impl Write for Snapshot {
    fn write(&self, text: &mut String) {
        let Self { currency, total, lines, token } = self;
        let mut object = Object::new();
        object.with("currency", currency).with_some("total", total).with("lines", lines).with_some("token", token);
        object.done().write(text);
    }
}

impl Read for Line {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            product: fields.needed("product")?,
            variant: fields.or_default("variant")?,
            sku: fields.or_default("sku")?,
            options: fields.or_default("options")?,
            name: fields.or_default("name")?,
            quantity: fields.needed("quantity")?,
            price: fields.optional("price")?,
            url: fields.or_default("url")?,
            image: fields.or_default("image")?,
        })
    }
}

impl Write for Line {
    fn write(&self, text: &mut String) {
        let Self { product, variant, sku, options, name, quantity, price, url, image } = self;
        let mut object = Object::new();
        object
            .with("product", product)
            .with_filled("variant", variant)
            .with_filled("sku", sku)
            .with_filled("options", options);
        object.with_filled("name", name).with("quantity", quantity).with_some("price", price);
        object.with_filled("url", url).with_filled("image", image);
        object.done().write(text);
    }
}

impl Read for Consent {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            tracking: fields.optional("tracking")?,
            mail: fields.optional("mail")?,
            wording: fields.optional("wording")?,
            source: fields.optional("source")?,
        })
    }
}

impl Read for PageOrder {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { id: fields.needed("id")?, total: fields.optional("total")?, currency: fields.optional("currency")? })
    }
}

impl Read for Context {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            locale: fields.optional("locale")?,
            zone: fields.optional("zone")?,
            step: fields.optional("step")?,
            page: fields.optional("page")?,
            bot: fields.or_default("bot")?,
        })
    }
}

impl Write for Ignored {
    fn write(&self, text: &mut String) {
        let Self { field, message } = self;
        Object::new().with("field", field).with("message", message).done().write(text);
    }
}

impl Write for Collected {
    fn write(&self, text: &mut String) {
        let Self { ok, ignored } = self;
        let mut object = Object::new();
        object.with("ok", ok);
        if !ignored.is_empty() {
            object.with("ignored", ignored);
        }
        object.done().write(text);
    }
}

impl Read for Restore {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { site: fields.needed("site")?, token: fields.needed("token")?, visitor: fields.optional("visitor")? })
    }
}

impl Write for Restored {
    fn write(&self, text: &mut String) {
        let Self { v, state, token, cart } = self;
        Object::new().with("v", v).with("state", state).with("token", token).with_some("cart", cart).done().write(text);
    }
}

impl Read for ServerOrder {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            order: fields.needed("order")?,
            status: fields.needed("status")?,
            cart: fields.optional("cart")?,
            checkout_token: fields.optional("checkout_token")?,
            customer: fields.optional("customer")?,
            email: fields.optional("email")?,
            total: fields.optional("total")?,
            currency: fields.optional("currency")?,
        })
    }
}

impl Read for Catalogue {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        Ok(Self { products: Fields::of(json)?.needed("products")? })
    }
}

impl Read for CatalogueEntry {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            id: fields.needed("id")?,
            variant: fields.or_default("variant")?,
            sku: fields.or_default("sku")?,
            name: fields.needed("name")?,
            price: fields.needed("price")?,
            currency: fields.needed("currency")?,
            url: fields.or_default("url")?,
            image: fields.or_default("image")?,
            available: fields.given("available")?.unwrap_or(true),
        })
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Debug;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::base::old_json::{Document, read};

    /// What the derived code writes we read, with every field taken away in turn too, and the other way round.
    fn check_read<T: Read + Serialize + for<'de> Deserialize<'de> + PartialEq + Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(read::<T>(&text).as_ref(), Ok(value), "{text}");
        let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        for name in whole.keys() {
            for replacement in [None, Some(serde_json::Value::Null), Some(1.into()), Some("1".into()), Some(1.5.into())]
            {
                let mut changed = whole.clone();
                match replacement {
                    None => drop(changed.remove(name)),
                    Some(value) => drop(changed.insert(name.clone(), value)),
                }
                let text = serde_json::to_string(&changed).unwrap();
                assert_eq!(read::<T>(&text).ok(), serde_json::from_str::<T>(&text).ok(), "{text}");
            }
        }
    }

    fn check_write<T: Write + Serialize>(value: &T) {
        let ours: serde_json::Value = serde_json::from_str(Document::of(value).as_str()).unwrap();
        assert_eq!(ours, serde_json::to_value(value).unwrap());
    }

    #[test]
    fn every_type_is_written_and_read_as_the_derived_code_does() {
        let text = |text: &str| text.to_owned();
        let line = Line {
            product: text("P"),
            variant: text("V"),
            sku: text("S"),
            options: text("O"),
            name: text("N\u{1}\"\\"),
            quantity: 2,
            price: Some(4_990),
            url: text("https://shop.example/p"),
            image: text("https://shop.example/i"),
        };
        let snapshot = Snapshot {
            currency: text("EUR"),
            total: Some(9_980),
            lines: vec![line.clone(), Line::default()],
            token: Some(text("T")),
        };
        let consent = Consent {
            tracking: Some(text("granted")),
            mail: Some(text("express")),
            wording: Some(text("w")),
            source: Some(text("box")),
        };
        let order = PageOrder { id: text("1"), total: Some(1), currency: Some(text("EUR")) };
        let context = Context {
            locale: Some(text("de")),
            zone: Some(text("z")),
            step: Some(text("s")),
            page: Some(text("p")),
            bot: true,
        };
        let collect = Collect {
            v: 1,
            site: text("pk"),
            session: Some(text("s")),
            visitor: text("v"),
            cart: 1,
            seq: 2,
            id: text("i"),
            age: 3,
            snapshot: Some(snapshot.clone()),
            email: Some(text("e")),
            consent: Some(consent.clone()),
            order: Some(order.clone()),
            via: Some(text("v")),
            customer: Some(text("c")),
            signature: Some(text("s")),
            context: context.clone(),
        };
        let server_order = ServerOrder {
            order: text("1"),
            status: text("placed"),
            cart: Some(text("c")),
            checkout_token: Some(text("t")),
            customer: Some(text("k")),
            email: Some(text("e")),
            total: Some(text("1.00")),
            currency: Some(text("EUR")),
        };
        let entry = CatalogueEntry {
            id: text("P"),
            variant: text("V"),
            sku: text("S"),
            name: text("N"),
            price: text("1.00"),
            currency: text("EUR"),
            url: text("u"),
            image: text("i"),
            available: false,
        };
        check_read(&collect);
        check_read(&Collect::default());
        check_read(&snapshot);
        check_read(&line);
        check_read(&consent);
        check_read(&order);
        check_read(&context);
        check_read(&Restore { site: text("s"), token: text("t"), visitor: Some(text("v")) });
        check_read(&server_order);
        check_read(&entry);
        check_read(&Catalogue { products: vec![entry, CatalogueEntry::default()] });
        check_write(&snapshot);
        check_write(&Snapshot::default());
        check_write(&Restored { v: 1, state: text("open"), token: text("t"), cart: Some(snapshot) });
        check_write(&Restored { v: 1, state: text("expired"), token: text("t"), cart: None });
        check_write(&Collected { ok: true, ignored: Vec::new() });
        check_write(&Collected { ok: true, ignored: vec![Ignored { field: text("email"), message: text("m") }] });
    }
}
