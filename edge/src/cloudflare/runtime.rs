//! The ports of one invocation on Cloudflare.

use cartwake_shared::key::KeyError;
use worker::{
    Env,
    wasm_bindgen::{JsCast, JsValue},
};

use super::{
    challenge_api::Challenge, clock::PlatformClock, d1::D1, intl::Intl, kv::Settings, limits::Bindings, mail_api::Mail,
    object::property,
};
use crate::{
    base::{
        config::{Config, Secret, binding},
        ports::{App, Entropy},
    },
    sending::providers::{self, answer::MailApi},
};

/// Cloudflare behind every port.
pub(super) struct Runtime {
    store: D1,
    mailer: Mail,
    challenger: Challenge,
    clock: PlatformClock,
    entropy: Random,
    localisation: Intl,
    cache: Settings,
    limits: Bindings,
}

crate::ports! { Runtime, |runtime| {
    store: D1 = &runtime.store,
    mailer: Mail = &runtime.mailer,
    challenger: Challenge = &runtime.challenger,
    clock: PlatformClock = &runtime.clock,
    entropy: Random = &runtime.entropy,
    localisation: Intl = &runtime.localisation,
    cache: Settings = &runtime.cache,
    limits: Bindings = &runtime.limits,
} }

/// The platform's randomness.
#[derive(Clone, Copy, Debug)]
pub(super) struct Random;

impl Entropy for Random {
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // The platform's generator does not fail inside a handler; without it the clock still makes names differ.
        if getrandom::fill(&mut bytes).is_err() {
            bytes.copy_from_slice(&u128::from(worker::Date::now().as_millis()).to_be_bytes());
        }
        bytes
    }
}

/// Why an invocation cannot begin.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    /// A secret is missing or too short.
    #[error(
        "a secret is missing or shorter than 32 characters (16 for CARTWAKE_ADMIN_SECRET); set CARTWAKE_ROOT_KEY, \
         CARTWAKE_MAILBOX_KEY and CARTWAKE_ADMIN_SECRET with `wrangler secret put`"
    )]
    Secret(#[from] KeyError),
    /// The D1 database is not bound.
    #[error("the database is not bound; wrangler.jsonc declares it as DB")]
    Database,
}

/// The deployment as one invocation sees it.
pub(super) fn edge(env: &Env, clock: PlatformClock) -> Result<App<Runtime>, StartError> {
    let text = |name: &str| property(env, name).as_string().filter(|text| !text.is_empty());
    let binding = |name: &str| Some(property(env, name)).filter(JsValue::is_object);
    let config = Config::read(text)?;
    let ports = Runtime {
        store: D1::new(binding(binding::DATABASE).ok_or(StartError::Database)?.unchecked_into()),
        mailer: Mail(MailApi::new(
            text(binding::MAIL_PROVIDER).map_or(Some(providers::USUAL), |code| providers::named(&code)),
            &text(binding::MAIL_API_URL).unwrap_or_default(),
            Secret::new(text(binding::MAIL_API_KEY).unwrap_or_default()),
            text(binding::MAIL_STREAM).unwrap_or_default(),
        )),
        challenger: Challenge(config.challenge.clone()),
        clock,
        entropy: Random,
        localisation: Intl,
        cache: Settings(binding(binding::SETTINGS).map(JsCast::unchecked_into)),
        limits: Bindings {
            pages: binding(binding::PAGE_REQUESTS).map(JsCast::unchecked_into),
            stops: binding(binding::STOP_REQUESTS).map(JsCast::unchecked_into),
            steps: binding(binding::STEP_REQUESTS).map(JsCast::unchecked_into),
            sign_ins: binding(binding::SIGN_IN_REQUESTS).map(JsCast::unchecked_into),
        },
    };
    Ok(App { ports, config })
}
