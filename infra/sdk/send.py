"""Sends a message with the generated client: a person, a template, then the message."""

import json
import sys

from postrider_client import AuthenticatedClient
from postrider_client.api.communication_templates import communication_templates_create
from postrider_client.api.communications import communications_send
from postrider_client.api.documents import documents_create, documents_upload
from postrider_client.api.people import people_upsert
from postrider_client.models import NewDocument, PersonUpdate, SendRequest, TemplateBody
from postrider_client.types import File

base, key, run = sys.argv[1:]
client = AuthenticatedClient(
    base_url=base, token=key, prefix="", auth_header_name="X-API-KEY", timeout=60, raise_on_unexpected_status=True
)
name = f"ext-py-{run}"


def done(response):
    if response.status_code >= 300:
        sys.exit(f"{response.status_code}: {response.content.decode()}")
    return json.loads(response.content)


contact = {"contactType": "email", "value": f"ada-{run}@example.com"}
person = {"firstName": "Ada", "timeZone": "America/Chicago", "contacts": [contact]}
done(people_upsert.sync_detailed(name, client=client, body=PersonUpdate.from_dict(person)))
template = {
    "name": "Thanks",
    "template_type": "payment_received",
    "channel": "email",
    "subject": "Thank you",
    "body": "Thank you, {{ borrower.first_name }}.",
    "external_id": f"py-{run}",
}
done(communication_templates_create.sync_detailed(client=client, body=TemplateBody.from_dict(template)))
document = done(documents_create.sync_detailed(name, client=client, body=NewDocument(name="Notice")))
with open(__file__, "rb") as file:
    done(documents_upload.sync_detailed(name, document["id"], client=client, body=File(payload=file)))
message = {"template_id": f"ext-py-{run}", "borrower_id": name}
print(json.dumps(done(communications_send.sync_detailed(client=client, body=SendRequest.from_dict(message)))))
