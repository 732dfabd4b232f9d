//! Says whether first contacts beyond the shares are asked for a challenge: a card of the settings, a sentence of the waiting page.

use maud::{Markup, html};

use crate::capture::challenge::State;

/// The card among the settings.
pub(crate) fn card(state: State) -> Markup {
    html! {
        section.card #challenge {
            h2 { "Challenge" }
            p.hint { (sentence(state)) }
            @if state == State::Off {
                p.hint { "It is optional: with the two keys of a Cloudflare Turnstile widget, pages ask the shoppers beyond the shares. The guide docs/how-to/challenge.md has the steps." }
            } @else {
                p.hint { "A shop with a content security policy permits " code { "https://challenges.cloudflare.com" } " for scripts and frames." }
            }
        }
    }
}

/// What happens to a first contact that finds no place.
pub(crate) fn sentence(state: State) -> &'static str {
    match state {
        State::Off => "The challenge is off: who finds no place in a share waits.",
        State::On => {
            "The challenge is on: who finds no place in a share is asked whether a person is there, and who solves it does not wait."
        }
        State::Failing => {
            "The challenge is on, but in the last minutes the provider did not answer, or not to these keys: who finds no place in a share waits."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_told_apart() {
        for (state, word, host) in [
            (State::Off, "is off", false),
            (State::On, "does not wait", true),
            (State::Failing, "did not answer", true),
        ] {
            let shown = card(state).0;
            assert!(shown.contains(word) && shown.contains("challenges.cloudflare.com") == host, "{shown}");
        }
    }
}
