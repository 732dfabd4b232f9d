//! Carries out a story's operations: requests leave, staff change things, the platform stands still.

use std::rc::Rc;

use cartwake_edge::{
    base::{
        ports::Store as _,
        store::{Query as _, sql::share::DecideWaiting},
    },
    house::{erase, pause},
    native::world,
};
use cartwake_shared::{
    email::EmailAddress,
    identifier::{MerchantId, SiteId},
    time::Timestamp,
};

use super::{Done, Job, MINUTE, NOT_YET, Run};
use crate::{
    delivery::Delivery,
    ledger::{Stopped, mailbox},
    operation::{Change, MERCHANTS, Operation, SITES, Scope, What, address_text, merchant_of},
    platform::Platform,
    provider_event,
};

/// The word of staff that who waits is mailed (edge/src/dashboard/waiting.rs).
const RELEASED: i64 = 2;

impl Run {
    /// An operation of the story happens.
    pub(super) fn happen(&mut self, operation: &Operation) {
        let now = self.deployment.now.get();
        let deployment = Rc::clone(&self.deployment);
        deployment.ledger.borrow_mut().see(operation.what.kind());
        match &operation.what {
            What::Event(event) => {
                let delivery = Delivery::event(&mut deployment.ledger.borrow_mut(), event, now);
                self.deliver(delivery);
            }
            What::Order(order) => {
                let delivery = Delivery::order(&mut deployment.ledger.borrow_mut(), order);
                self.deliver(delivery);
            }
            What::Follow { address, visitor } => {
                let delivery = Delivery::visit(&deployment, *address, *visitor);
                if let Some(delivery) = delivery {
                    self.deliver(delivery);
                }
            }
            What::Stop { address, not_me } => {
                let found = deployment.ledger.borrow().newest_mail(*address, None).cloned();
                if let Some(mail) = found {
                    let mut ledger = deployment.ledger.borrow_mut();
                    ledger.stops.push(Stopped {
                        mailbox: mailbox(*address),
                        merchant: merchant_of(mail.site),
                        tried: now,
                        acked: None,
                    });
                    let place = ledger.stops.len() - 1;
                    drop(ledger);
                    self.deliver(Delivery::stop(&deployment, &mail.reminder, *not_me, place));
                }
            }
            What::Pause { scope, on } => self.pause(*scope, *on),
            What::Erase { address, merchant } => self.erase(*address, *merchant),
            What::Stranger(act) => {
                if act.is_possible(&deployment.ledger.borrow()) {
                    self.deliver(Delivery::stranger(act, now));
                }
            }
            What::Release { site } => self.release(*site),
            What::Switch { to } => deployment.kind.set(*to),
            What::Returns { bounced, complained } => deployment.returns.set((*bounced, *complained)),
            What::Forge { visitor, cart } => {
                if let Some(event) = provider_event::forged(*visitor, *cart) {
                    let delivery = Delivery::provider_event(&mut deployment.ledger.borrow_mut(), event, now);
                    self.deliver(delivery);
                }
            }
            What::Settings { site, change } => {
                let done = deployment.change(*site, *change);
                let mut ledger = deployment.ledger.borrow_mut();
                match (done, change) {
                    (Err(error), _) => ledger.fault(format!("cannot change a site: {error}")),
                    (Ok(()), Change::State(word)) => ledger.paused(Scope::State(*site), *word != "live", now),
                    (Ok(()), Change::Quiet(true)) => {
                        ledger.quiet.entry(*site).or_insert(now);
                    }
                    (Ok(()), Change::Quiet(false)) => {
                        ledger.quiet.remove(site);
                    }
                    (Ok(()), Change::Steps(sequence)) => {
                        ledger.sequences.entry(*site).or_default().insert(*sequence);
                    }
                    (Ok(()), _) => {}
                }
            }
            What::Deploy { minutes } => deployment.deployed.set(Some(now + minutes * MINUTE)),
            What::Clock { ahead, minutes } => {
                deployment.clock_off.set((ahead * MINUTE, now + minutes * MINUTE));
                deployment.ledger.borrow_mut().jumped = true;
            }
            What::NoCron { minutes } => self.no_cron_until = now + minutes * MINUTE,
            What::NoProvider { minutes, revoked } => {
                deployment.provider.borrow_mut().closed = Some((now + minutes * MINUTE, *revoked));
            }
        }
    }

    /// Somebody erases an address, and asks again until it is done.
    fn erase(&mut self, address: u8, merchant: u8) {
        let deployment = Rc::clone(&self.deployment);
        let parsed = EmailAddress::parse(address_text(address)).ok();
        let name = MerchantId::parse(MERCHANTS[usize::from(merchant)]).ok();
        let Some((name, parsed)) = name.zip(parsed) else { return };
        let place = {
            let mut ledger = deployment.ledger.borrow_mut();
            ledger.erasures.push((merchant, mailbox(address), NOT_YET));
            ledger.erasures.len() - 1
        };
        let edge = Platform::beginning(&deployment, 7 << 50 | u64::try_from(place).unwrap_or(0));
        let future = Box::pin(async move {
            while erase::erase(&edge, &name, &parsed).await.is_err() {}
            Done::Erased { place, address, merchant }
        });
        let salt = 7 << 50 | u64::try_from(place).unwrap_or(0);
        self.start(Job { future, delivery: None, dies_at: None, polls: 0, answer_is_lost: false, salt, claims: None });
    }

    /// Staff releases everybody who waits for a share at a site.
    fn release(&self, site: u8) {
        let deployment = &self.deployment;
        let Ok(id) = SiteId::parse(SITES[usize::from(site)]) else { return };
        let now = Timestamp::from_millis(deployment.now.get());
        let decided =
            DecideWaiting { site: &id, operator: None, domain: None, released: RELEASED, now, most: 1_000 }.statement();
        let decided = deployment.plant.map_or_else(|| decided.clone(), |plant| plant.patched(decided.clone()));
        deployment.is_settled.set(false);
        let mut ledger = deployment.ledger.borrow_mut();
        ledger.releases.push((site, deployment.now.get()));
        if let Err(error) = world::block_on(deployment.base.ports.store.execute(decided)) {
            ledger.fault(format!("cannot release who waits: {error}"));
        }
    }

    /// Somebody pauses sending, or lets it go on.
    fn pause(&self, scope: Scope, on: bool) {
        let deployment = &self.deployment;
        let site = |site: u8| SiteId::parse(SITES[usize::from(site)]).ok();
        let done = match scope {
            Scope::Site(of) | Scope::State(of) => {
                site(of).map(|site| world::block_on(pause::set(&deployment.base, pause::Scope::Site(&site), on)))
            }
            Scope::Merchant(merchant) => MerchantId::parse(MERCHANTS[usize::from(merchant)])
                .ok()
                .map(|merchant| world::block_on(pause::set(&deployment.base, pause::Scope::Merchant(&merchant), on))),
            Scope::Deployment => Some(world::block_on(pause::set(&deployment.base, pause::Scope::Deployment, on))),
        };
        let Some(done) = done else { return };
        let mut ledger = deployment.ledger.borrow_mut();
        let now = deployment.now.get();
        match done {
            Ok(()) => ledger.paused(scope, on, now),
            Err(error) => ledger.fault(format!("cannot pause: {error}")),
        }
    }
}
