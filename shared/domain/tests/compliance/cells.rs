//! What else each enforced rule says, cell by cell: whom it exempts, where and when it holds, what it needs and what it
//! forbids. Hours and limits are in the tables of their own; purpose, parties and channels stand in `docs/compliance.md`.
//! Nothing about a rule of the law changes without one of them.

use std::collections::BTreeSet;

use domain::{
    compliance::{
        Exemption,
        rule::{Condition, Licence, Rule},
        rules::law,
    },
    person::{ConsentScope, ContactLabel},
};

#[derive(Debug, Clone, Copy, PartialEq)]
struct Cells {
    exempt: &'static [Exemption],
    labels: &'static [ContactLabel],
    automated: bool,
    autodialed: bool,
    over_days_past_due: Option<u32>,
    licence: Option<Licence>,
    time_zone: Option<&'static str>,
    holidays: bool,
    yields: bool,
    /// Of its limits: the labels, and whether one is for automated messages, or only without consent.
    cap_labels: &'static [ContactLabel],
    cap_automated: bool,
    without_consent: bool,
    consent: Option<ConsentScope>,
    forbids: &'static [Condition],
    from: Option<&'static str>,
    until: Option<&'static str>,
}

const NONE: Cells = Cells {
    exempt: &[],
    labels: &[],
    automated: false,
    autodialed: false,
    over_days_past_due: None,
    licence: None,
    time_zone: None,
    holidays: false,
    yields: false,
    cap_labels: &[],
    cap_automated: false,
    without_consent: false,
    consent: None,
    forbids: &[],
    from: None,
    until: None,
};

#[rustfmt::skip]
const TABLE: &[(&str, Cells)] = {
    use ContactLabel::{Home, Military, Personal, Work};
    use Condition::{AtWork, Case, Represented, RevokedElsewhere, WorkRevoked, WorkUnconsented};
    use Exemption::{Attorney, BusinessRelationship, OneTimeCode, OptOutConfirmation, PriorConsent, Reply, RequiredNotice, UnusualTimeConsent};
    use Licence::SmallLoan;
    use domain::vocabulary::CaseType::{
        Bankruptcy, CeaseCommunication, DebtValidation, Deceased, DisputeOfDebt, IdentityTheft, OfacSanctionedIndividual,
    };
    &[
        ("US-REGF-TIME", Cells { exempt: &[Reply, Attorney, UnusualTimeConsent], yields: true, from: Some("2021-11-30"), ..NONE }),
        ("US-REGF-7IN7", Cells { exempt: &[PriorConsent, Attorney], from: Some("2021-11-30"), ..NONE }),
        ("US-REGF-AFTERCONV", Cells { exempt: &[PriorConsent, Attorney], from: Some("2021-11-30"), ..NONE }),
        ("US-REGF-CEASE", Cells { exempt: &[RequiredNotice, Attorney], forbids: &[Case(CeaseCommunication)], from: Some("2021-11-30"), ..NONE }),
        ("US-REGF-ATTY", Cells { exempt: &[Attorney, RequiredNotice], forbids: &[Represented], from: Some("2021-11-30"), ..NONE }),
        ("US-REGF-WORK", Cells { exempt: &[Attorney], labels: &[Work], forbids: &[WorkRevoked], from: Some("2021-11-30"), ..NONE }),
        ("US-REGF-WORKEMAIL", Cells { exempt: &[Reply, Attorney], labels: &[Work], forbids: &[WorkUnconsented], from: Some("2021-11-30"), ..NONE }),
        ("US-TCPA-TIME", Cells { exempt: &[Reply, PriorConsent, UnusualTimeConsent], ..NONE }),
        ("US-TCPA-REVOKEALL", Cells { exempt: &[OneTimeCode, OptOutConfirmation, Reply], automated: true, forbids: &[RevokedElsewhere], from: Some("2027-01-31"), ..NONE }),
        ("US-TCPA-AUTODIAL", Cells { autodialed: true, consent: Some(ConsentScope::Autodialed), ..NONE }),
        ("US-TCPA-AUTODIAL-MKT", Cells { autodialed: true, consent: Some(ConsentScope::Marketing), ..NONE }),
        ("US-BK", Cells { exempt: &[Attorney], forbids: &[Case(Bankruptcy)], ..NONE }),
        ("US-DISPUTE", Cells { exempt: &[RequiredNotice, Attorney], forbids: &[Case(DisputeOfDebt), Case(DebtValidation)], from: Some("2021-11-30"), ..NONE }),
        ("US-DECEASED", Cells { exempt: &[Attorney], forbids: &[Case(Deceased)], ..NONE }),
        ("US-IDTHEFT", Cells { exempt: &[RequiredNotice, Attorney], forbids: &[Case(IdentityTheft)], ..NONE }),
        ("US-OFAC", Cells { exempt: &[Attorney], forbids: &[Case(OfacSanctionedIndividual)], ..NONE }),
        ("CA-ROSENTHAL", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("CA-ROSENTHAL-CEASE", Cells { exempt: &[RequiredNotice, Attorney], forbids: &[Case(CeaseCommunication)], ..NONE }),
        ("CA-ROSENTHAL-ATTY", Cells { exempt: &[Attorney, RequiredNotice], forbids: &[Represented], ..NONE }),
        ("CA-ROSENTHAL-WORK", Cells { exempt: &[Attorney], labels: &[Work], forbids: &[WorkRevoked], ..NONE }),
        ("CT-COLL", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("DC-CALLS", Cells { exempt: &[Reply, PriorConsent, Attorney], over_days_past_due: Some(30), from: Some("2023-01-01"), ..NONE }),
        ("DC-ECOMM", Cells { exempt: &[Reply, RequiredNotice, Attorney], without_consent: true, over_days_past_due: Some(30), from: Some("2023-01-01"), ..NONE }),
        ("FL-FCCPA", Cells { exempt: &[Reply, Attorney, UnusualTimeConsent], from: Some("2025-05-16"), ..NONE }),
        ("MA-CRED", Cells { exempt: &[Reply, RequiredNotice, Attorney], time_zone: Some("America/New_York"), cap_labels: &[Personal, Home, Military], from: Some("2012-03-02"), ..NONE }),
        ("MA-CRED-OTHER", Cells { exempt: &[Reply, RequiredNotice, Attorney], labels: &[Work], from: Some("2012-03-02"), ..NONE }),
        ("MA-AGENCY", Cells { exempt: &[Reply, RequiredNotice, Attorney], cap_labels: &[Personal, Home, Military], ..NONE }),
        ("MA-AGENCY-OTHER", Cells { exempt: &[Reply, RequiredNotice, Attorney], labels: &[Work], ..NONE }),
        ("MA-WORK", Cells { exempt: &[Attorney], labels: &[Work], forbids: &[WorkRevoked], ..NONE }),
        ("MD-MCDCA", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("MD-MCDCA-CEASE", Cells { exempt: &[RequiredNotice, Attorney], forbids: &[Case(CeaseCommunication)], ..NONE }),
        ("MD-MCDCA-ATTY", Cells { exempt: &[Attorney, RequiredNotice], forbids: &[Represented], ..NONE }),
        ("MD-MCDCA-WORK", Cells { exempt: &[Attorney], labels: &[Work], forbids: &[WorkRevoked], ..NONE }),
        ("MI-RCPA", Cells { exempt: &[Reply, Attorney, UnusualTimeConsent], ..NONE }),
        ("MI-RCPA-ATTY", Cells { exempt: &[Attorney, RequiredNotice], forbids: &[Represented], ..NONE }),
        ("NH-358C", Cells { exempt: &[Reply, Attorney], cap_labels: &[Work], ..NONE }),
        ("NY-DFS-EMAIL", Cells { exempt: &[Reply, Attorney], consent: Some(ConsentScope::Contact), forbids: &[AtWork], from: Some("2015-01-01"), ..NONE }),
        ("NYC-DCWP", Cells { exempt: &[Reply, RequiredNotice, Attorney], from: Some("2026-09-01"), ..NONE }),
        ("NYC-DCWP-ECONSENT", Cells { exempt: &[Reply, RequiredNotice, Attorney], consent: Some(ConsentScope::Contact), from: Some("2026-09-01"), ..NONE }),
        ("NYC-OLD", Cells { exempt: &[Reply, RequiredNotice, Attorney], until: Some("2026-09-01"), ..NONE }),
        ("OR-UDCPA", Cells { exempt: &[Reply, Attorney], labels: &[Work], forbids: &[WorkRevoked], ..NONE }),
        ("OR-UDCPA-TIME", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("PA-FCEUA", Cells { exempt: &[Reply, Attorney, UnusualTimeConsent], ..NONE }),
        ("PA-FCEUA-ATTY", Cells { exempt: &[Attorney, RequiredNotice], forbids: &[Represented], ..NONE }),
        ("PA-FCEUA-WORK", Cells { exempt: &[Attorney], labels: &[Work], forbids: &[WorkRevoked], ..NONE }),
        ("PA-FCEUA-CONV", Cells { exempt: &[PriorConsent, Attorney], ..NONE }),
        ("RI-FDCPA", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("RI-FDCPA-ATTY", Cells { exempt: &[Attorney, RequiredNotice], forbids: &[Represented], ..NONE }),
        ("RI-FDCPA-WORK", Cells { exempt: &[Attorney], labels: &[Work], forbids: &[WorkRevoked], ..NONE }),
        ("SC-CPC", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("SC-CPC-ATTY", Cells { exempt: &[Attorney, RequiredNotice], forbids: &[Represented], ..NONE }),
        ("SC-CPC-WORK", Cells { exempt: &[Attorney], labels: &[Work], forbids: &[WorkRevoked], ..NONE }),
        ("WA-AGENCY", Cells { exempt: &[Reply, RequiredNotice, Attorney], ..NONE }),
        ("WA-AGENCY-WORK", Cells { exempt: &[Reply, RequiredNotice, Attorney], labels: &[Work], ..NONE }),
        ("WA-AGENCY-CELL", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("WA-PAYDAY", Cells { exempt: &[Reply, RequiredNotice, Attorney], licence: Some(SmallLoan), ..NONE }),
        ("WV-CCPA", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("AL-COLL-BASE", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("LA-COLL-BASE", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("MD-COLL-BASE", Cells { exempt: &[Reply, Attorney], until: Some("2026-11-27"), ..NONE }),
        ("MS-COLL-BASE", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("NV-COLL-BASE", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("OK-COLL-BASE", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("RI-COLL-BASE", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("TX-COLL-BASE", Cells { exempt: &[Reply, Attorney], ..NONE }),
        ("AL-MKT", Cells { exempt: &[Reply], holidays: true, ..NONE }),
        ("CT-MKT", Cells { exempt: &[Reply, PriorConsent, UnusualTimeConsent], ..NONE }),
        ("CT-MKT-CONSENT", Cells { exempt: &[Reply], consent: Some(ConsentScope::Marketing), ..NONE }),
        ("DC-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("FL-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("IL-MKT", Cells { exempt: &[Reply], automated: true, ..NONE }),
        ("KY-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("LA-MKT", Cells { exempt: &[Reply, PriorConsent], holidays: true, ..NONE }),
        ("MA-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("MD-MKT", Cells { exempt: &[Reply], from: Some("2024-01-01"), ..NONE }),
        ("MD-MKT-CONSENT", Cells { exempt: &[Reply], automated: true, consent: Some(ConsentScope::Marketing), from: Some("2024-01-01"), ..NONE }),
        ("ME-MKT", Cells { exempt: &[Reply], cap_automated: true, ..NONE }),
        ("MI-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("MN-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("MO-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("MS-MKT", Cells { exempt: &[Reply], time_zone: Some("America/Chicago"), ..NONE }),
        ("NE-MKT", Cells { exempt: &[Reply], automated: true, holidays: true, ..NONE }),
        ("NH-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("NM-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("NV-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("NY-MKT", Cells { exempt: &[Reply, PriorConsent, UnusualTimeConsent], ..NONE }),
        ("OK-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("OR-MKT", Cells { exempt: &[Reply], from: Some("2026-01-01"), ..NONE }),
        ("OR-MKT-CAP", Cells { exempt: &[Reply, BusinessRelationship], from: Some("2026-01-01"), ..NONE }),
        ("PA-MKT", Cells { exempt: &[Reply, BusinessRelationship], holidays: true, from: Some("2019-12-03"), ..NONE }),
        ("RI-MKT", Cells { exempt: &[Reply], holidays: true, ..NONE }),
        ("SC-MKT", Cells { exempt: &[Reply, PriorConsent, UnusualTimeConsent, BusinessRelationship], ..NONE }),
        ("SC-MKT-AUTO", Cells { exempt: &[Reply], automated: true, ..NONE }),
        ("SD-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("SD-MKT-AUTO", Cells { exempt: &[Reply], automated: true, ..NONE }),
        ("TX-MKT", Cells { exempt: &[Reply, PriorConsent, BusinessRelationship], ..NONE }),
        ("UT-MKT", Cells { exempt: &[Reply, PriorConsent, UnusualTimeConsent], holidays: true, ..NONE }),
        ("VA-MKT", Cells { exempt: &[Reply, PriorConsent, UnusualTimeConsent], ..NONE }),
        ("WA-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("WV-MKT", Cells { exempt: &[Reply], ..NONE }),
        ("WY-MKT", Cells { exempt: &[Reply, BusinessRelationship], ..NONE }),
        ("WY-MKT-AUTO", Cells { exempt: &[Reply], automated: true, consent: Some(ConsentScope::Marketing), ..NONE }),
    ]
};

impl Cells {
    /// Whether a rule says exactly this.
    fn are_of(&self, rule: &Rule) -> bool {
        let hours = rule.hours.clone().unwrap_or_default();
        let date = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let cap_labels: Vec<_> = rule.caps.iter().flat_map(|cap| &cap.labels).copied().collect();
        self.exempt == rule.exempt
            && self.labels == rule.labels
            && self.automated == rule.automated
            && self.autodialed == rule.autodialed
            && self.over_days_past_due == rule.over_days_past_due
            && self.licence == rule.licence
            && self.time_zone == hours.time_zone.as_deref()
            && self.holidays == hours.closed_on_holidays
            && self.yields == hours.yields_to_stated_times
            && self.cap_labels == cap_labels
            && self.cap_automated == rule.caps.iter().any(|cap| cap.automated)
            && self.without_consent == rule.caps.iter().any(|cap| cap.without_consent)
            && self.consent == rule.consent
            && self.forbids == rule.forbids
            && date(self.from) == rule.from
            && date(self.until) == rule.until
    }
}

#[test]
fn each_enforced_rule_says_what_its_row_says_and_nothing_else() {
    let enforced = || law().rules.iter().filter(|rule| rule.enforcement.is_enforced());
    for rule in enforced() {
        let rows: Vec<_> = TABLE.iter().filter(|(id, _)| *id == rule.id).collect();
        let [(_, cells)] = rows[..] else { panic!("{} has {} rows", rule.id, rows.len()) };
        assert!(cells.are_of(rule), "{cells:#?}\nare not the cells of\n{rule:#?}");
    }
    let enforced: BTreeSet<_> = enforced().map(|rule| rule.id.as_str()).collect();
    for (id, _) in TABLE {
        assert!(enforced.contains(id), "{id} is no enforced rule");
    }
}
