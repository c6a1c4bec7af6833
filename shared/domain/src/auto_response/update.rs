//! What a lender says about a rule, in the Communications API's words (000).

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::json;

use super::{AutoResponse, Pattern, Reply, Trigger, TriggerKind, folded};
use crate::{
    error::Error,
    formats,
    heard::{Asks, heard},
    id::{self, ExternalId, Id, Ref},
    shape::{self, given, left_out, when},
    tenant::TenantId,
    update::{Change, Faults, Ignored},
    vocabulary::{Channel, InboundChannel},
};

/// What to store about a rule. Fields left out stay, or have the default described here if it is new.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AutoResponseUpdate {
    /// For people. 1 to 100 characters; a rule needs one.
    #[schemars(with = "Option<shape::Line<{ AutoResponse::MAX_NAME }>>")]
    pub name: Option<String>,
    /// By which channel messages come that it answers, and its answers go; a rule needs one.
    pub channel: Option<InboundChannel>,
    /// What makes it answer: `keyword` needs `keywords`, `pattern` needs `pattern`, `unmonitored_address` is for e-mail. A
    /// rule needs one.
    pub trigger: Option<TriggerKind>,
    /// The same as `keywords` with one entry.
    #[schemars(with = "Option<shape::Keyword<{ AutoResponse::MAX_KEYWORD }>>")]
    pub keyword: Change<String>,
    /// Words or phrases, one of which the whole message is, whatever its capitals, blanks and punctuation. 1 to 50 of 1 to
    /// 100 characters. Words that opt out or in, or ask for help, cannot be among them.
    #[schemars(with = "Option<Vec<shape::Keyword<{ AutoResponse::MAX_KEYWORD }>>>", length(min = 1, max = AutoResponse::MAX_KEYWORDS))]
    pub keywords: Change<Vec<String>>,
    /// A regular expression that is found in the first 2,000 characters of a message, in any capitals. 1 to 200 characters;
    /// no back references and no look-around.
    #[schemars(with = "Option<shape::Expression<{ Pattern::MAX_LENGTH }>>")]
    pub pattern: Change<String>,
    /// What it answers, in Jinja, with `inbound.body`, `inbound.from`, `inbound.subject`, `borrower` (absent if nobody is
    /// known), `tenant` and `office_hours`. Texts have 1 to 1,600 characters, e-mails 1 to 10,000. It, or `template_id`.
    #[schemars(with = "Option<shape::Text<{ AutoResponse::MAX_MAIL }>>")]
    pub reply_text: Change<String>,
    /// The template it answers with, of the same channel.
    pub template_id: Change<Ref<id::Descriptor>>,
    /// Subject line of an e-mail with `reply_text`, in Jinja, 1 to 200 characters; `Re:` and what came in by default.
    #[schemars(with = "Option<shape::Line<{ AutoResponse::MAX_SUBJECT }>>")]
    pub reply_subject: Change<String>,
    /// ISO 639-1 language of `reply_text`, in which its filters and `office_hours` write; the tenant's by default.
    #[schemars(with = "Option<shape::Language>")]
    pub language: Change<String>,
    /// The smaller goes first; of two equal ones the older. 0 to 10,000; 100 by default.
    #[schemars(range(max = AutoResponse::PRIORITY.0))]
    pub priority: Option<u32>,
    /// Whether it answers at all; true by default.
    pub enabled: Option<bool>,
    /// Minutes between two answers to one sender, 0 to 43,200. If absent 0 for keywords and patterns, else 1,440.
    #[schemars(range(max = AutoResponse::MAX_COOLDOWN))]
    pub cooldown_minutes: Change<u32>,
    /// Your id for it. On creation only.
    pub external_id: Option<ExternalId>,
    /// As answers show it.
    pub id: Ignored,
    /// As answers show it.
    pub created_at: Ignored,
    /// As answers show it.
    pub updated_at: Ignored,
}

/// The same of a new rule, in schemas: with all that it needs.
#[derive(Debug)]
pub struct NewAutoResponse;

impl JsonSchema for NewAutoResponse {
    fn schema_name() -> Cow<'static, str> {
        "NewAutoResponse".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = AutoResponseUpdate::json_schema(generator);
        shape::require(&mut schema, &["name", "channel", "trigger"]);
        let one_keyword = json!({ "allOf": [given("keyword"), left_out(&["keywords"])] });
        let keywords =
            json!({ "if": given("keywords"), "then": left_out(&["keyword"]), "else": one_keyword });
        let text = json!({ "reply_text": { "maxLength": AutoResponse::MAX_TEXT } });
        let own_words = left_out(&["reply_text", "reply_subject", "language"]);
        shape::hold(
            &mut schema,
            json!([
                when("trigger", &["keyword"], json!({ "allOf": [left_out(&["pattern"]), keywords] })),
                when("trigger", &["pattern"], json!({ "allOf": [left_out(&["keyword", "keywords"]), given("pattern")] })),
                when("trigger", &["any", "outside_hours", "unmonitored_address"], left_out(&["keyword", "keywords", "pattern"])),
                when("trigger", &["unmonitored_address"], json!({ "properties": { "channel": { "const": "email" } } })),
                when("channel", &["sms"], json!({ "allOf": [left_out(&["reply_subject"]), { "properties": text }] })),
                { "if": given("template_id"), "then": own_words, "else": given("reply_text") },
            ]),
        );
        schema
    }
}

impl AutoResponse {
    /// Characters of a text, and of an e-mail.
    const MAX_TEXT: usize = 1_600;
    const MAX_MAIL: usize = 10_000;
    /// Characters of a name.
    const MAX_NAME: usize = 100;
    /// Keywords of a rule.
    const MAX_KEYWORDS: usize = 50;
    /// Characters of a keyword.
    const MAX_KEYWORD: usize = 100;
    /// Characters of an answer's subject line.
    const MAX_SUBJECT: usize = 200;
    /// The largest priority, and the one a rule has that names none.
    const PRIORITY: (u32, u32) = (10_000, 100);
    /// The longest cooldown: 30 days.
    const MAX_COOLDOWN: u32 = 30 * 24 * 60;

    /// A new rule of a lender.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn new(
        id: Id<id::AutoResponse>,
        tenant: &TenantId,
        update: &AutoResponseUpdate,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let parts = update.parts(None, tenant)?;
        let rule = Self {
            id,
            external_id: update.external_id.clone(),
            name: parts.name,
            channel: parts.channel,
            trigger: parts.trigger,
            reply: parts.reply,
            priority: Self::PRIORITY.1,
            enabled: true,
            cooldown_minutes: None,
            revision: 0,
            created_at: now,
            updated_at: now,
        };
        Ok(rule.following(update, now))
    }

    /// The rule after this was said of it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn with(
        &self,
        tenant: &TenantId,
        update: &AutoResponseUpdate,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Parts { name, channel, trigger, reply } = update.parts(Some(self), tenant)?;
        Ok(Self { name, channel, trigger, reply, ..self.clone() }.following(update, now))
    }

    fn following(mut self, update: &AutoResponseUpdate, now: Timestamp) -> Self {
        self.priority = update.priority.unwrap_or(self.priority);
        self.enabled = update.enabled.unwrap_or(self.enabled);
        update.cooldown_minutes.apply(&mut self.cooldown_minutes);
        self.revision += 1;
        self.updated_at = now;
        self
    }
}

/// What a rule must have.
struct Parts {
    name: String,
    channel: Channel,
    trigger: Trigger,
    reply: Reply,
}

impl AutoResponseUpdate {
    /// Whether it says all that a new rule needs.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn expect_whole(&self, tenant: &TenantId) -> Result<(), Error> {
        self.parts(None, tenant).map(drop)
    }

    fn parts(&self, before: Option<&AutoResponse>, tenant: &TenantId) -> Result<Parts, Error> {
        let mut faults = Faults::default();
        let name = self.name.clone().or_else(|| before.map(|rule| rule.name.clone()));
        faults.expect(name.is_some(), "/name", "must be given");
        faults.line("/name", self.name.as_ref(), AutoResponse::MAX_NAME);
        let channel = self.channel.map(Channel::from).or_else(|| before.map(|rule| rule.channel));
        faults.expect(channel.is_some(), "/channel", "must be given: sms or email");
        let kind = self.trigger.or_else(|| before.map(|rule| rule.trigger.kind()));
        faults.expect(kind.is_some(), "/trigger", "must be given");
        let is_of_mail = kind == Some(TriggerKind::UnmonitoredAddress);
        faults.expect(
            !is_of_mail || channel != Some(Channel::Text),
            "/trigger",
            "must be another for the channel sms: unmonitored_address is for e-mail",
        );
        let trigger = kind.and_then(|kind| self.trigger(kind, before.map(|rule| &rule.trigger), &mut faults));
        let reply = self.reply(channel, before.map(|rule| &rule.reply), tenant, &mut faults);
        let (most, _) = AutoResponse::PRIORITY;
        faults.expect(
            self.priority.is_none_or(|priority| priority <= most),
            "/priority",
            &format!("must be 0 to {most}"),
        );
        let (most, minutes) = (AutoResponse::MAX_COOLDOWN, self.cooldown_minutes.given());
        faults.expect(
            minutes.is_none_or(|minutes| *minutes <= most),
            "/cooldown_minutes",
            &format!("must be 0 to {most}"),
        );
        let known = before.map(|rule| rule.external_id.as_ref());
        let is_same =
            known.is_none_or(|known| self.external_id.is_none() || self.external_id.as_ref() == known);
        faults.expect(is_same, "/external_id", "must stay as it was created; leave it out");
        faults.none()?;
        match (name, channel, trigger, reply) {
            (Some(name), Some(channel), Some(trigger), Some(reply)) => {
                Ok(Parts { name, channel, trigger, reply })
            }
            _ => Err(Error::Internal("an auto-response lacks a part without a fault".into())),
        }
    }

    /// The trigger of a kind. What an earlier one looked for stays if the kind does.
    fn trigger(&self, kind: TriggerKind, before: Option<&Trigger>, faults: &mut Faults) -> Option<Trigger> {
        let mut expect_only_with = |owner: TriggerKind, place: &str, is_given: bool| {
            faults.expect(
                !is_given || kind == owner,
                place,
                &format!("must be left out with the trigger {kind}; it belongs to {owner}"),
            );
        };
        let (one, many) = (self.keyword.given(), self.keywords.given());
        expect_only_with(TriggerKind::Keyword, "/keyword", one.is_some());
        expect_only_with(TriggerKind::Keyword, "/keywords", many.is_some());
        expect_only_with(TriggerKind::Pattern, "/pattern", self.pattern.given().is_some());
        match kind {
            TriggerKind::Keyword => {
                let kept = match before {
                    Some(Trigger::Keyword { keywords }) => Some(keywords.clone()),
                    _ => None,
                };
                self.keywords_or(kept, faults).map(|keywords| Trigger::Keyword { keywords })
            }
            TriggerKind::Pattern => {
                let mut kept = match before {
                    Some(Trigger::Pattern { pattern }) => Some(pattern.as_str().to_owned()),
                    _ => None,
                };
                self.pattern.apply(&mut kept);
                let pattern = kept.ok_or_else(|| "must be given with the trigger pattern".to_owned());
                match pattern.and_then(|text| Pattern::new(&text)) {
                    Ok(pattern) => Some(Trigger::Pattern { pattern }),
                    Err(message) => {
                        faults.expect(false, "/pattern", &message);
                        None
                    }
                }
            }
            TriggerKind::Any => Some(Trigger::Any),
            TriggerKind::OutsideHours => Some(Trigger::OutsideHours),
            TriggerKind::UnmonitoredAddress => Some(Trigger::UnmonitoredAddress),
        }
    }

    fn keywords_or(&self, mut kept: Option<Vec<String>>, faults: &mut Faults) -> Option<Vec<String>> {
        if let (Some(_), Some(_)) = (self.keyword.given(), self.keywords.given()) {
            faults.expect(false, "/keyword", "must be left out if keywords is given, which says the same");
            return None;
        }
        self.keyword.map(|only| vec![only]).apply(&mut kept);
        self.keywords.apply(&mut kept);
        let Some(keywords) = kept else {
            faults.expect(false, "/keywords", "must be given with the trigger keyword");
            return None;
        };
        let most = AutoResponse::MAX_KEYWORDS;
        let fits = (1..=most).contains(&keywords.len());
        faults.expect(fits, "/keywords", &format!("must have 1 to {most} entries"));
        for (at, keyword) in keywords.iter().enumerate().take(most) {
            let place = match self.keyword.given() {
                Some(_) => "/keyword".to_owned(),
                None => format!("/keywords/{at}"),
            };
            faults.value(&place, Some(keyword), is_keyword);
        }
        Some(keywords)
    }

    /// What it answers. An answer of the other kind gives way to the one that is said.
    fn reply(
        &self,
        channel: Option<Channel>,
        before: Option<&Reply>,
        tenant: &TenantId,
        faults: &mut Faults,
    ) -> Option<Reply> {
        let (mut text, mut subject_line, mut language, mut template) = (None, None, None, None);
        match before {
            Some(Reply::Text { text: known, subject_line: about, language: of }) => {
                (text, subject_line, language) = (Some(known.clone()), about.clone(), of.clone());
            }
            Some(Reply::Template { id }) => template = Some(id.clone()),
            None => {}
        }
        let (is_text, is_template) = (self.reply_text.given().is_some(), self.template_id.given().is_some());
        if is_text && is_template {
            let message = "must be left out if reply_text is given: a rule gives one answer";
            faults.expect(false, "/template_id", message);
            return None;
        }
        if is_template {
            text = None;
        }
        if is_text {
            template = None;
        }
        self.reply_text.apply(&mut text);
        self.template_id.map(|named| named.resolve(tenant.as_str())).apply(&mut template);
        match (text, template) {
            (None, None) => {
                faults.expect(false, "/reply_text", "must be given if template_id is not");
                None
            }
            (None, Some(id)) => {
                for (place, change) in
                    [("/reply_subject", &self.reply_subject), ("/language", &self.language)]
                {
                    let message = "must be left out if template_id is given: the template has its own";
                    faults.expect(change.given().is_none(), place, message);
                }
                Some(Reply::Template { id })
            }
            (Some(text), _) => {
                self.reply_subject.apply(&mut subject_line);
                self.language.apply(&mut language);
                let is_mail = channel != Some(Channel::Text);
                let most = if is_mail { AutoResponse::MAX_MAIL } else { AutoResponse::MAX_TEXT };
                let is_blank = text.trim().is_empty();
                faults.expect(!is_blank, "/reply_text", "must not be empty");
                faults.value("/reply_text", (!is_blank).then_some(&text), |text| formats::text(text, most));
                let message = "must be left out: texts have no subject line";
                faults.expect(is_mail || self.reply_subject.given().is_none(), "/reply_subject", message);
                faults.line("/reply_subject", self.reply_subject.given(), AutoResponse::MAX_SUBJECT);
                faults.value("/language", self.language.given(), formats::language);
                Some(Reply::Text { text, subject_line: subject_line.filter(|_| is_mail), language })
            }
        }
    }
}

fn is_keyword(text: &str) -> formats::Verdict {
    formats::line(text, AutoResponse::MAX_KEYWORD)?;
    let folded: String = folded(text).collect();
    if folded.is_empty() {
        return Err("must have a letter or a digit, by which keywords are compared; or use a pattern".into());
    }
    if matches!(heard(text).asks, Asks::OptOut | Asks::OptIn | Asks::Help) {
        let message =
            "must not be a word to stop, to start again or for help: Postrider answers those before any rule";
        return Err(message.into());
    }
    Ok(())
}
