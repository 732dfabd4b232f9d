//! A whole deployment in memory: the database with three sites of two merchants, the provider, the world's clock.

use std::cell::{Cell, RefCell};

use anyhow::{Result, anyhow};
use cartwake_edge::{
    base::{
        config::Secret,
        ports::{App, Store as _},
        store::Sql,
    },
    native::world::{self, World, add_site, shop_settings},
};
use cartwake_shared::{
    gate::QuietHours,
    identifier::StepId,
    policy::{Settings, SiteState, Step},
    time::{Span, Timestamp},
};

use crate::{
    ledger::Ledger,
    operation::{Change, MERCHANTS, SEQUENCES, SITES, Story, merchant_of},
    plant::Plant,
    platform::Pass,
    provider::{Kind, Provider},
    provider_event::{ProviderEvent, SECRET},
};

/// Empties every table but those of sites and merchants.
const EMPTY: Sql = Sql { name: "empty", text: include_str!("../sql/empty.sql") };
/// Changes a site.
const SETTINGS: Sql = Sql { name: "settings", text: include_str!("../sql/settings.sql") };

/// Nine in the evening to eight in the morning.
pub const QUIET: QuietHours = QuietHours { from: 21 * 60, to: 8 * 60 };

/// One deployment with everything that stands around it.
#[derive(Debug)]
pub struct Deployment {
    /// Database, configuration, and the signatures of shops' servers.
    pub base: App<World>,
    /// The true time, in milliseconds since 1970.
    pub now: Cell<i64>,
    /// State and settings of each site.
    pub sites: RefCell<Vec<(SiteState, Settings)>>,
    /// From when on there is a second version of the Worker, and until when the first one runs beside it.
    pub deployed: Cell<Option<i64>>,
    /// How far every clock is off, in milliseconds, and until when.
    pub clock_off: Cell<(i64, i64)>,
    /// When the future that is being polled wants to be polled again.
    pub wake: Cell<i64>,
    /// Whether nothing was written since it was asked what is due next.
    pub is_settled: Cell<bool>,
    /// From here on nothing goes wrong any more, so that everything can come to its end.
    pub calm_from: Cell<i64>,
    /// What happens.
    pub story: Story,
    /// The mail provider that is configured.
    pub kind: Cell<Kind>,
    /// What the mail providers know.
    pub provider: RefCell<Provider>,
    /// What they will tell, and when.
    pub provider_events: RefCell<Vec<(i64, ProviderEvent)>>,
    /// How many of a thousand mails come back, and how many are called spam.
    pub returns: Cell<(u64, u64)>,
    /// What was promised and what was seen.
    pub ledger: RefCell<Ledger>,
    /// A bug put in on purpose.
    pub plant: Option<&'static Plant>,
}

/// A database with its sites, for one world after the other: making one takes longer than a short story.
#[derive(Debug)]
pub struct Ground(App<World>);

impl Ground {
    /// A new database.
    ///
    /// # Errors
    /// When the schema does not take the sites.
    pub fn new() -> Result<Self> {
        let mut edge = world::empty();
        edge.config.webhook_secrets = vec![Secret::new(SECRET.to_owned())];
        for (site, name) in (0_u8..).zip(SITES) {
            let merchant = MERCHANTS[usize::from(merchant_of(site))];
            add_site(&edge, name, merchant, SiteState::Live, &shop_settings()).map_err(|error| anyhow!("{error}"))?;
        }
        Ok(Self(edge))
    }

    /// A deployment in which nothing has happened yet.
    ///
    /// # Errors
    /// When the tables cannot be emptied.
    pub fn begin(self, story: Story, plant: Option<&'static Plant>) -> Result<Deployment> {
        self.0.ports.store.write(EMPTY.text)?;
        self.0.ports.cache.forget();
        self.0.ports.limits.forget_rows();
        let beginning = world::BEGINNING.millis();
        let last = story.operations.last().map_or(0, |operation| operation.at);
        Ok(Deployment {
            now: Cell::new(beginning),
            sites: RefCell::new(vec![(SiteState::Live, shop_settings()); SITES.len()]),
            deployed: Cell::new(None),
            clock_off: Cell::new((0, 0)),
            wake: Cell::new(i64::MAX),
            is_settled: Cell::new(false),
            calm_from: Cell::new(beginning + last + Span::hours(80).millis()),
            ledger: RefCell::default(),
            base: self.0,
            kind: Cell::new(story.provider),
            provider_events: RefCell::default(),
            returns: Cell::new((15, 10)),
            story,
            provider: RefCell::default(),
            plant,
        })
    }
}

impl Deployment {
    /// Lets time pass for the future that awaits it.
    pub const fn pass(&self, millis: i64) -> Pass<'_> {
        Pass { until: self.now.get() + millis, now: &self.now, wake: &self.wake }
    }

    /// Whether this kind of weather is bad now.
    pub const fn is_rough(&self, kind: bool) -> bool {
        kind && self.now.get() < self.calm_from.get()
    }

    /// Changes a site's settings.
    ///
    /// # Errors
    /// When the database does not take them.
    pub fn change(&self, site: u8, change: Change) -> Result<()> {
        let place = usize::from(site);
        let mut sites = self.sites.borrow_mut();
        let (state, settings) = &mut sites[place];
        match change {
            Change::State(word) => *state = SiteState::parse(word).unwrap_or(SiteState::Test),
            Change::Steps(sequence) => {
                let step =
                    |(id, hours): &(&str, i64)| Some(Step { id: StepId::parse(id).ok()?, delay: Span::hours(*hours) });
                settings.policy.steps = SEQUENCES[sequence].iter().filter_map(step).collect();
            }
            Change::Quiet(on) => settings.policy.quiet = on.then_some(QUIET),
            Change::CapWeek(most) => settings.policy.cap_week = most,
            Change::Sender(name) => name.clone_into(&mut settings.sender_name),
        }
        let text = serde_json::to_string(settings)?;
        let asked = SETTINGS.with([SITES[place].into(), state.code().into(), text.into()]);
        world::block_on(self.base.ports.store.execute(asked))?;
        Ok(())
    }

    /// Sets the clock by which shops' servers sign.
    pub fn set_signing_clock(&self) {
        let behind = Timestamp::from_millis(self.now.get()).since(self.base.now());
        self.base.wait(behind);
    }

    /// Gives the database back for the next world.
    ///
    /// # Errors
    /// When settings that were changed cannot be set back.
    pub fn end(self) -> Result<Ground> {
        for (site, name) in (0_u8..).zip(SITES) {
            let as_at_first = (SiteState::Live, shop_settings());
            if self.sites.borrow()[usize::from(site)] != as_at_first {
                let text = serde_json::to_string(&as_at_first.1)?;
                let asked = SETTINGS.with([name.into(), as_at_first.0.code().into(), text.into()]);
                world::block_on(self.base.ports.store.execute(asked))?;
            }
        }
        // The signing clock goes back, since the next world begins where this one did.
        let ahead = world::BEGINNING.since(self.base.now());
        self.base.wait(ahead);
        Ok(Ground(self.base))
    }
}
