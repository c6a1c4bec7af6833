//! Resolving: from what a caller names to the things it names, once, for every dialect and every question.
//!
//! What hangs on a person (contact, loans, case) is looked up again whenever the person is read again: [`About::of`].
//! The rest does not change under a request's hands: [`resolve`].

use std::sync::Arc;

use domain::{
    Error,
    error::Conflict,
    id::{self, Id, Ref},
    person::{Case, Contact, Loan, Person},
    statement::Statement,
    template::{Descriptor, DescriptorStatus, Fallback, Version},
    tenant::TenantId,
    vocabulary::{Channel, Subject, Theme},
};
use jiff::Timestamp;

use super::{best, context::Occasion};
use crate::{
    app::{App, Lender},
    needs::{Items, List, Need},
    store::{people::Known, templates::Template},
};

/// What a message, or a question about one, is about: as its caller names it.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Whom; nobody in particular if a template is only looked at.
    pub person: Option<Ref<id::Person>>,
    /// The contact to use; the best one of the person if absent.
    pub contact: Option<Ref<id::Contact>>,
    /// Which loans. If none is named and the person has just one, that one.
    pub loans: Vec<Ref<id::Loan>>,
    /// In which case.
    pub case: Option<Ref<id::Case>>,
    /// About which statement.
    pub statement: Option<Ref<id::Statement>>,
    /// What it follows.
    pub previous: Option<Ref<id::Interaction>>,
    /// Why, if the subject does not imply it.
    pub theme: Option<Theme>,
}

/// Which words.
#[derive(Debug, Clone)]
pub enum Wording {
    /// Those in use of this template, for its own channel or this one, which must be the template's.
    Template(Ref<id::Descriptor>, Option<Channel>),
    /// The best for a subject on a channel: in the person's language, for the loan's product, or the nearest to that. If
    /// no channel is named, on the one the person likes best of those that can be used.
    Best(Subject, Option<Channel>),
    /// This version, in use or not.
    Version(Ref<id::Version>),
    /// These, which are no template's.
    Given(Arc<Chosen>),
}

/// A template found for a message, and its words.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// What for.
    pub template: Arc<Template>,
    /// The words.
    pub version: Arc<Version>,
    /// In what it is not quite what was asked for.
    pub fallbacks: Vec<Fallback>,
    /// Whether it is ours, which stands in for one the lender does not have.
    pub is_built_in: bool,
}

impl Chosen {
    /// The lender's template; none if it is ours.
    pub fn descriptor_id(&self) -> Option<Id<id::Descriptor>> {
        (!self.is_built_in).then(|| self.template.descriptor.id.clone())
    }

    /// The lender's wording; none if it is ours.
    pub fn version_id(&self) -> Option<Id<id::Version>> {
        (!self.is_built_in).then(|| self.version.id.clone())
    }
}

/// Everything a message names, found.
pub struct Resolved {
    /// The tenant, with its rules.
    pub lender: Arc<Lender>,
    /// As the caller named it.
    pub about: About,
    /// Whom, as of now.
    pub known: Option<Known>,
    /// About which statement.
    pub statement: Option<Statement>,
    /// What it follows.
    pub previous: Option<Id<id::Interaction>>,
    /// Why, if its caller or its subject says.
    pub theme: Option<Theme>,
    /// In which words.
    pub chosen: Chosen,
}

/// What of one person's a message is about.
#[derive(Debug, Clone, Default)]
pub struct Matter<'a> {
    /// The contact that was named.
    pub contact: Option<&'a Contact>,
    /// Those named, or the person's only one.
    pub loans: Vec<&'a Loan>,
    /// The case it belongs to.
    pub case: Option<&'a Case>,
}

/// What resolving what is named needs of AWS, for a template or a version.
pub const NAMED: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::People),
    Need::Read(Items::Statements),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
];

/// The same for the best words for a subject.
pub const BEST: &[Need] = &[Need::List(List::Candidates), Need::All(NAMED)];

/// Finds everything a message names but what hangs on its person, for which see [`About::of`].
///
/// # Errors
/// [`Error::NotFound`] in the caller's own words, and whatever else is wrong with person, statement or words.
pub async fn resolve(
    app: &App,
    tenant: &TenantId,
    about: About,
    wording: &Wording,
) -> Result<Resolved, Error> {
    let lender = app.lender(tenant).await?;
    let known = match &about.person {
        Some(named) => Some(app.store.person(tenant, named).await?),
        None => None,
    };
    resolve_known(app, lender, about, known, wording).await
}

/// The same where the person was read already.
///
/// # Errors
/// As there.
pub async fn resolve_known(
    app: &App,
    lender: Arc<Lender>,
    about: About,
    known: Option<Known>,
    wording: &Wording,
) -> Result<Resolved, Error> {
    let tenant = &lender.tenant.id;
    let person = known.as_ref().map(|known| &known.person);
    let statement = about.statement(app, tenant, person).await?;
    let previous = match person {
        Some(person) => about.previous(app, tenant, person).await?,
        None => None,
    };
    let chosen = match wording {
        Wording::Template(named, channel) => named_template(app, tenant, named, *channel).await?,
        Wording::Version(named) => version(app, tenant, named).await?,
        Wording::Given(chosen) => Arc::unwrap_or_clone(chosen.clone()),
        Wording::Best(subject, channel) => {
            let person = person.ok_or_else(|| Error::invalid("/personId", "must be given"))?;
            let matter = about.of(tenant, person)?;
            best::best(app, &lender.tenant, subject, *channel, person, &matter).await?
        }
    };
    let theme = theme(app, tenant, Some(&chosen.template.descriptor.subject), about.theme).await?;
    Ok(Resolved { lender, about, known, statement, previous, theme, chosen })
}

impl Resolved {
    /// The person, if there is one.
    pub fn person(&self) -> Option<&Person> {
        self.known.as_ref().map(|known| &known.person)
    }

    /// What of this person's it is about; of nobody's nothing.
    ///
    /// # Errors
    /// Those of [`About::of`].
    pub fn matter<'p>(&self, person: Option<&'p Person>) -> Result<Matter<'p>, Error> {
        let matter = person.map(|person| self.about.of(&self.lender.tenant.id, person));
        Ok(matter.transpose()?.unwrap_or_default())
    }

    /// What the words are rendered for.
    pub fn occasion<'a>(
        &'a self,
        person: Option<&'a Person>,
        matter: &'a Matter<'a>,
        unsubscribe: Option<&'a str>,
        now: Timestamp,
    ) -> Occasion<'a> {
        let descriptor = &self.chosen.template.descriptor;
        Occasion {
            tenant: &self.lender.tenant,
            person,
            channel: descriptor.channel,
            language: &descriptor.language,
            loans: &matter.loans,
            case: matter.case,
            statement: self.statement.as_ref(),
            unsubscribe,
            now,
        }
    }
}

impl About {
    /// What it names of this person's.
    ///
    /// # Errors
    /// [`Conflict::ContactNotOfPerson`], [`Conflict::LoanNotOfPerson`], [`Conflict::CaseNotOfPerson`].
    pub fn of<'p>(&self, tenant: &TenantId, person: &'p Person) -> Result<Matter<'p>, Error> {
        Ok(Matter {
            contact: self.contact.as_ref().map(|named| contact(tenant, person, named)).transpose()?,
            loans: loans(tenant, person, &self.loans)?,
            case: self.case.as_ref().map(|named| case(tenant, person, named)).transpose()?,
        })
    }

    /// The statement it names, which must be this person's.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn statement(
        &self,
        app: &App,
        tenant: &TenantId,
        person: Option<&Person>,
    ) -> Result<Option<Statement>, Error> {
        let (Some(named), Some(person)) = (&self.statement, person) else { return Ok(None) };
        let found = app.store.find_statement(tenant, &named.resolve(tenant.as_str())).await?;
        let own = found.filter(|statement| statement.person_id == person.id);
        own.map(Some).ok_or_else(|| named.not_found())
    }

    /// The interaction it follows, which must be the same person's.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn previous(
        &self,
        app: &App,
        tenant: &TenantId,
        person: &Person,
    ) -> Result<Option<Id<id::Interaction>>, Error> {
        let Some(named) = &self.previous else { return Ok(None) };
        let found = app.store.find_interaction(tenant, &named.resolve(tenant.as_str())).await?;
        let own = found.filter(|previous| previous.person_id.as_ref() == Some(&person.id));
        own.map(|previous| Some(previous.id)).ok_or_else(|| named.not_found())
    }
}

/// Why a message is sent: as its caller says, else as the lender's subject implies. `None` if neither says.
pub async fn theme(
    app: &App,
    tenant: &TenantId,
    subject: Option<&Subject>,
    named: Option<Theme>,
) -> Result<Option<Theme>, Error> {
    Ok(match (named, subject) {
        (Some(theme), _) => Some(theme),
        (None, Some(subject)) => app.subjects(tenant).await?.descriptor(subject).theme,
        (None, None) => None,
    })
}

/// The words in use of the template of this name.
///
/// # Errors
/// [`Error::NotFound`]; what [`usable`] says.
pub async fn named_template(
    app: &App,
    tenant: &TenantId,
    named: &Ref<id::Descriptor>,
    channel: Option<Channel>,
) -> Result<Chosen, Error> {
    let template = app.template(tenant, named).await?;
    let version = usable(&template, channel.unwrap_or(template.descriptor.channel))?.clone();
    Ok(Chosen { template, version, fallbacks: Vec::new(), is_built_in: false })
}

async fn version(app: &App, tenant: &TenantId, named: &Ref<id::Version>) -> Result<Chosen, Error> {
    let version = Arc::new(app.store.version(tenant, named).await?);
    let descriptor = app.store.descriptor(tenant, &version.descriptor_id).await?;
    let template = Arc::new(Template { descriptor, active: Some(version.clone()) });
    Ok(Chosen { template, version, fallbacks: Vec::new(), is_built_in: false })
}

/// The active version of a template that may be used on this channel.
///
/// # Errors
/// [`Conflict::TemplateDisabled`], [`Conflict::ChannelMismatch`], [`Conflict::TemplateNotActive`].
pub fn usable(template: &Template, channel: Channel) -> Result<&Arc<Version>, Error> {
    let Descriptor { name, status, channel: of, .. } = &template.descriptor;
    match status {
        DescriptorStatus::Enabled => {}
        DescriptorStatus::Disabled | DescriptorStatus::Archived => {
            let detail =
                format!("The template {name} is disabled or archived; enable it, or choose another.");
            return Err(Error::conflict(Conflict::TemplateDisabled, detail));
        }
    }
    if *of != channel {
        let detail = format!(
            "The template {name} is for the channel {of}, and the request says {channel}; name another template or channel."
        );
        return Err(Error::conflict(Conflict::ChannelMismatch, detail));
    }
    template.active.as_ref().ok_or_else(|| {
        Error::conflict(
            Conflict::TemplateNotActive,
            format!("The template {name} has no active version; activate one first."),
        )
    })
}

fn contact<'p>(
    tenant: &TenantId,
    person: &'p Person,
    named: &Ref<id::Contact>,
) -> Result<&'p Contact, Error> {
    person.contact(&named.resolve(tenant.as_str())).ok_or_else(|| {
        let detail = format!("The contact {named} does not belong to the person; name one that does.");
        Error::conflict(Conflict::ContactNotOfPerson, detail)
    })
}

fn loans<'p>(tenant: &TenantId, person: &'p Person, named: &[Ref<id::Loan>]) -> Result<Vec<&'p Loan>, Error> {
    if let ([], [only]) = (named, &person.loans[..]) {
        return Ok(vec![only]);
    }
    let mut loans: Vec<&Loan> = Vec::with_capacity(named.len());
    for reference in named {
        let loan = person.loan(&reference.resolve(tenant.as_str())).ok_or_else(|| {
            let detail = format!("The loan {reference} does not belong to the person; name one that does.");
            Error::conflict(Conflict::LoanNotOfPerson, detail)
        })?;
        if !loans.iter().any(|known| known.id == loan.id) {
            loans.push(loan);
        }
    }
    Ok(loans)
}

fn case<'p>(tenant: &TenantId, person: &'p Person, named: &Ref<id::Case>) -> Result<&'p Case, Error> {
    let id = named.resolve(tenant.as_str());
    person.cases.iter().find(|case| case.id == id).ok_or_else(|| {
        let detail = format!("The case {named} does not belong to the person; name one that does.");
        Error::conflict(Conflict::CaseNotOfPerson, detail)
    })
}
