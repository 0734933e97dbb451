//! Free conversation: turns of text and audio that go on for as long as one likes.
//!
//! When the conversation no longer fits the cache, the oldest exchanges are left out and the rest is read anew: whole
//! turns, never a part of one, because half a prompt makes the model invent the other half. The leading system turn and the newest
//! turn always stay. Positions are those of the shortened prompt, so they never pass what the model was trained for.

use super::model::{Audio, StepAudio};
use super::prompt::{Answer, Part, Prompt, Role, Turn};
use super::reply::{Reply, ReplyOptions, Watch};
use crate::{Error, Result};

/// Of the cache, so much is kept free for the answer at most: a quarter.
const ANSWER_SHARE: usize = 4;

/// A conversation so far.
#[derive(Debug, Clone, Default)]
pub struct Chat {
    said: Vec<Said>,
}

#[derive(Debug, Clone)]
struct Said {
    turn: Turn,
    /// What the turn's pieces of audio are, in order.
    audio: Vec<Audio>,
}

impl Chat {
    /// `system` is who the model is to be.
    pub fn new(system: &str) -> Self {
        Self {
            said: vec![Said {
                turn: Turn::text(Role::System, system),
                audio: Vec::new(),
            }],
        }
    }

    /// A person says something: pieces of audio, then text; either may be empty.
    pub fn say(&mut self, audio: Vec<Audio>, text: &str) {
        let mut parts: Vec<Part> = audio.iter().map(|a| Part::Audio(a.tokens())).collect();
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        let turn = Turn {
            role: Role::Human,
            parts,
        };
        self.said.push(Said { turn, audio });
    }

    /// The turns that are still remembered.
    pub fn turns(&self) -> impl Iterator<Item = &Turn> {
        self.said.iter().map(|said| &said.turn)
    }

    /// The model's answer, which becomes a turn of the conversation. Exchanges that do not fit the cache any more are forgotten first.
    /// `BadInput` if nothing was said or the last turn alone is too long; then, and when it is cancelled, the
    /// conversation is as before, but for what was forgotten.
    pub fn reply(
        &mut self,
        model: &mut StepAudio,
        options: &ReplyOptions,
        watch: Watch<'_>,
    ) -> Result<Reply> {
        if !self.said.last().is_some_and(|s| s.turn.role == Role::Human) {
            return Err(Error::input("nothing was said", "Say something first."));
        }
        let room = model.positions(options.max_cache_len);
        let budget = room - options.max_tokens.min(room / ANSWER_SHARE);
        let prompt = self.prompt(model, budget)?;
        let audio: Vec<Audio> = self.said.iter().flat_map(|s| s.audio.clone()).collect();
        let reply = model.reply(&prompt, &audio, options, watch)?;
        self.said.push(Said {
            turn: Turn::text(Role::Assistant, reply.text.as_str()),
            audio: Vec::new(),
        });
        Ok(reply)
    }

    /// The prompt of what is remembered, within `budget` positions.
    fn prompt(&mut self, model: &StepAudio, budget: usize) -> Result<Prompt> {
        let tokenizer = model.tokenizer().ok_or_else(|| {
            Error::missing(
                "a conversation needs a tokenizer",
                "Download tokenizer.json of this model into its folder.",
            )
        })?;
        let whole = |said: &[Said]| {
            let turns: Vec<Turn> = said.iter().map(|s| s.turn.clone()).collect();
            Prompt::new(tokenizer, &turns, Answer::Text)
        };
        // The open turn at the end belongs to no turn.
        let open = whole(&[])?.len();
        let costs = self
            .said
            .iter()
            .map(|said| Ok(whole(std::slice::from_ref(said))?.len() - open))
            .collect::<Result<Vec<usize>>>()?;
        let roles: Vec<Role> = self.said.iter().map(|s| s.turn.role).collect();
        let forget = oldest(&roles, &costs, budget.saturating_sub(open))?;
        self.said.drain(forget);
        whole(&self.said)
    }
}

/// The turns to forget so that the others fit `budget`: the oldest after a leading system turn, with the answers to them.
fn oldest(roles: &[Role], costs: &[usize], budget: usize) -> Result<std::ops::Range<usize>> {
    let first = usize::from(roles.first() == Some(&Role::System));
    let mut left: usize = costs.iter().sum();
    let mut until = first;
    while left > budget {
        if until + 1 >= roles.len() {
            return Err(Error::input(
                format!("the last turn alone does not fit into {budget} positions"),
                "Shorten it, or allow a longer cache (--max-cache-len).",
            ));
        }
        left -= costs[until];
        until += 1;
        // An answer without its question would open the conversation; it goes too.
        while until + 1 < roles.len() && roles[until] == Role::Assistant {
            left -= costs[until];
            until += 1;
        }
    }
    Ok(first..until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_exchanges_go_first_and_whole() {
        use Role::{Assistant, Human, System};
        let roles = [System, Human, Assistant, Human, Assistant, Human];
        let costs = [10; 6];
        for (budget, forgotten) in [(60, 1..1), (59, 1..3), (40, 1..3), (39, 1..5), (20, 1..5)] {
            let found = oldest(&roles, &costs, budget).expect("fits");
            assert_eq!(found, forgotten, "{budget}");
        }
        assert!(oldest(&roles, &costs, 19).is_err());
        assert_eq!(oldest(&roles[1..], &costs[1..], 30).expect("fits"), 0..2);
        assert_eq!(oldest(&[], &[], 0).expect("fits"), 0..0);
    }
}
