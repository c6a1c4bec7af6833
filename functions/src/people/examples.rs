//! John, as the OpenAPI document shows him.

use serde_json::{Value, json};

/// A push as the OpenAPI document shows it.
pub(crate) fn update() -> Value {
    json!({
        "firstName": "John",
        "lastName": "Doe",
        "language": "en",
        "timeZone": "America/Chicago",
        "contacts": [
            { "contactType": "email", "value": "john@example.com" },
            { "contactType": "phone", "value": "+13125550142", "receiveTextMessages": true },
            {
                "contactType": "address",
                "address": {
                    "addressLine1": "233 South Wacker Drive",
                    "city": "Chicago",
                    "state": "IL",
                    "postalCode": "60606",
                },
            },
        ],
        "loans": [loan_update()],
        "consents": [{ "channel": "text", "status": "consented", "recordedAt": "2026-01-02T15:00:00Z", "source": "web form" }],
        "metaData": { "branch": "Chicago" },
    })
}

/// A loan as it is pushed.
pub(crate) fn loan_update() -> Value {
    json!({
        "externalId": "LN-0001",
        "loanNumber": "LN-0001",
        "status": "current",
        "currency": "USD",
        "balance": "8450.00",
        "rate": "0.0725",
        "paymentAmount": "312.50",
        "dueDate": "2026-01-15",
    })
}

/// A person as answered.
pub(crate) fn person() -> Value {
    json!({
        "id": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "externalId": "john",
        "firstName": "John",
        "lastName": "Doe",
        "kind": "client",
        "status": "active",
        "language": "en",
        "timeZone": "America/Chicago",
        "communicationPreference": { "optedOut": [] },
        "contactTimes": {},
        "contacts": [contact()],
        "loans": [loan()],
        "consents": [consent()],
        "cases": [],
        "metaData": { "branch": "Chicago" },
        "createdAt": "2026-01-05T15:00:00Z",
        "updatedAt": "2026-01-05T15:00:00Z",
    })
}

/// A contact as answered.
pub(crate) fn contact() -> Value {
    json!({
        "id": "CT-KEY-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "contactType": "phone",
        "label": "personal",
        "affiliation": "self",
        "status": "primary",
        "value": "+13125550142",
        "valid": true,
        "verified": false,
        "receiveTextMessages": true,
        "authorizedThirdParty": false,
    })
}

/// A loan as answered.
pub(crate) fn loan() -> Value {
    let mut loan = loan_update();
    loan["id"] = json!("LN-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST");
    loan["attributes"] = json!({});
    loan
}

/// A case as it is pushed.
pub(crate) fn case_update() -> Value {
    json!({ "externalId": "CASE-7", "caseType": "bankruptcy", "attributes": { "chapter": 13 } })
}

/// A case as answered.
pub(crate) fn case() -> Value {
    let mut case = case_update();
    case["id"] = json!("CS-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST");
    case
}

/// A consent as answered.
pub(crate) fn consent() -> Value {
    json!({ "channel": "text", "status": "consented", "recordedAt": "2026-01-02T15:00:00Z", "source": "web form" })
}
