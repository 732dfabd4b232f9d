//! The demo shop's server: static pages under a strict policy, and an order desk that reports to the Worker.
mod catalogue;
mod files;
mod orders;

use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use catalogue::{Catalogue, Offer};
pub use orders::{Placed, decimal};

use crate::client::Client;
use crate::stack::{Site, Turnstile};
use crate::tools::checkout;

/// A running shop; dropping it closes it.
pub struct Storefront {
    /// `http://localhost:<port>`.
    pub origin: String,
    /// What it sells.
    pub catalogue: Arc<Catalogue>,
    shop: Arc<Shop>,
    serving: JoinHandle<()>,
}

/// What the request handlers share.
struct Shop {
    origin: String,
    worker: String,
    inbox: String,
    policy: String,
    catalogue: Arc<Catalogue>,
    client: Client,
    /// Known once the owner has set the site up; until then pages have an empty key and nothing can be ordered.
    site: OnceLock<Site>,
    desk: orders::Desk,
}

impl Storefront {
    /// Opens the shop on a port of the loopback address; 0 takes a free one. Its policy permits the challenge where there is one.
    pub async fn open(port: u16, worker: &str, inbox: &str, challenge: Option<&Turnstile>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| {
            format!("the shop's port {port} is taken: end what uses it, or name another (`cargo xtask help`)")
        })?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let catalogue = Arc::new(Catalogue::read(&checkout().join("www/shop/catalogue.json"))?);
        let shop = Arc::new(Shop {
            client: Client::new(worker, &origin)?,
            origin: origin.clone(),
            worker: worker.to_owned(),
            inbox: inbox.to_owned(),
            policy: files::policy(worker, challenge.map(|provider| provider.origin.as_str())),
            catalogue: Arc::clone(&catalogue),
            site: OnceLock::new(),
            desk: orders::Desk::default(),
        });
        let routes =
            Router::new().route("/api/order", post(orders::order)).fallback(page).with_state(Arc::clone(&shop));
        let serving = tokio::spawn(async move {
            // Serving ends only with this task: accept errors are retried inside.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { origin, catalogue, shop, serving })
    }

    /// Gives the shop the key for its tag and the secret for its orders.
    pub fn connect(&mut self, site: &Site) -> Result<()> {
        self.shop.site.set(site.clone()).map_err(|_| anyhow!("the shop is connected already"))
    }

    /// The orders that were placed so far, oldest first.
    pub fn orders(&self) -> Vec<Placed> {
        self.shop.desk.placed()
    }
}

impl Drop for Storefront {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn page(State(shop): State<Arc<Shop>>, request: Request) -> Response {
    let site_key = shop.site.get().map_or("", |site| site.key.as_str());
    let places = [
        ("{{cartwake_origin}}", shop.worker.as_str()),
        ("{{site_key}}", site_key),
        ("{{inbox_url}}", shop.inbox.as_str()),
        ("{{dashboard_url}}", shop.worker.as_str()),
    ];
    files::serve(&checkout().join("www/shop"), request.uri().path(), &places, &shop.policy)
}
