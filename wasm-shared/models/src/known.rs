//! Models of today, with what they hold and cost. The names that are used by default stand here and nowhere else; every name can be
//! set, and a model that is not in the table works too, without a cost in the record.
//!
//! Looked up on 2026-11-22. Anthropic: platform.claude.com/docs/en/models (a page for each model). Google:
//! ai.google.dev/gemini-api/docs/pricing and vercel.com/ai-gateway/models. `OpenAI`: docs.litellm.ai (`gpt_6_sol_luna`) and
//! getmaxim.ai/bifrost/model-library, which quote its price list. Workers AI: the newest text model in `@cloudflare/workers-types`
//! 5.20261117.1; its price from what a call is counted in (neurons of $0.000011).

use crate::{Protocol, Tokens};

/// A model that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// How its maker is spoken to.
    pub protocol: Protocol,
    /// Tokens of a conversation, question and answer together.
    pub context: u64,
    /// Tokens of an answer.
    pub output: u32,
    /// What it costs.
    pub price: Price,
    /// What it costs from so many tokens of a question on.
    pub price_above: Option<(u64, Price)>,
    /// Whether it takes a temperature. Models that always think refuse one.
    pub takes_temperature: bool,
}

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Of the question.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
}

const fn price(input: f64, output: f64) -> Price {
    Price { input, output }
}

const fn known(name: &'static str, protocol: Protocol, (context, output): (u64, u32), price: Price) -> Known {
    Known { name, protocol, context, output, price, price_above: None, takes_temperature: false }
}

const LARGE: (u64, u32) = (1_000_000, 128_000);
const OPENAI: (u64, u32) = (1_050_000, 128_000);

/// The table. The first of each protocol is the default of its maker.
pub const MODELS: &[Known] = &[
    known("claude-sonnet-5-5", Protocol::Anthropic, LARGE, price(2.0, 10.0)),
    known("claude-opus-5-5", Protocol::Anthropic, LARGE, price(4.0, 20.0)),
    Known {
        price_above: Some((100_000, price(0.5, 2.5))),
        ..known("claude-haiku-5-5", Protocol::Anthropic, LARGE, price(0.1, 0.5))
    },
    known("claude-fable-5-1", Protocol::Anthropic, LARGE, price(10.0, 50.0)),
    Known {
        takes_temperature: true,
        ..known("gemini-3.8-flash", Protocol::Google, (1_000_000, 65_536), price(0.75, 3.75))
    },
    Known {
        takes_temperature: true,
        price_above: Some((200_000, price(4.0, 18.0))),
        ..known("gemini-3.1-pro-preview", Protocol::Google, (1_048_576, 65_536), price(2.0, 12.0))
    },
    known("gpt-6-sol", Protocol::OpenAi, OPENAI, price(2.0, 10.0)),
    known("gpt-6.1-terra", Protocol::OpenAi, OPENAI, price(1.0, 5.0)),
    known("gpt-6-luna", Protocol::OpenAi, OPENAI, price(0.1, 0.5)),
    Known {
        takes_temperature: true,
        ..known("@cf/zai-org/glm-5.3-flash", Protocol::WorkersAi, LARGE, price(0.15, 0.5))
    },
];

/// The model of this name, if it is known.
#[must_use]
pub fn find(name: &str) -> Option<&'static Known> {
    MODELS.iter().find(|known| known.name == name)
}

/// The model that is asked at the maker of a protocol where nobody says which.
#[must_use]
pub fn default_of(protocol: Protocol) -> Option<&'static str> {
    MODELS.iter().find(|known| known.protocol == protocol).map(|known| known.name)
}

impl Known {
    /// What so many tokens cost, in millionths of a US dollar.
    #[must_use]
    pub fn cost(&self, tokens: Tokens) -> u64 {
        let price = match self.price_above {
            Some((above, price)) if tokens.input > above => price,
            _ => self.price,
        };
        (tokens.input as f64 * price.input + tokens.output as f64 * price.output).ceil() as u64
    }
}
