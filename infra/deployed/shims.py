"""Workarounds for what the emulator (ministack 1.5.33) does differently from AWS. There are no others.

After updating ministack, try without each of them.
"""

import json
import os
import re

REGION = os.environ["AWS_DEFAULT_REGION"]
# In the emulator, a root user's access key id is the account.
ACCOUNT = os.environ["AWS_ACCESS_KEY_ID"]

TEMPLATES = {
    # Without TLS, `aws:SecureTransport` is false, and the bucket refuses all requests.
    "storage": lambda text: text.replace('aws:SecureTransport: "false"', 'aws:SecureTransport: "never"'),
}


def before(template):
    """Changes the SAM template."""
    # There is no TLS on this machine.
    for name in ("PublicWebhookUrl", "PublicUrl"):
        del template["Parameters"][name]["AllowedPattern"]


def after(template):
    """Changes the result of the SAM transform; returns the API's OpenAPI document for `routes`."""
    concurrency(template)
    for role in of_type(template, "AWS::IAM::Role"):
        permissions(role)
    api = template["Resources"]["Api"]["Properties"]
    document = api.pop("Body")
    api.update(ProtocolType="HTTP", Name=document["info"]["title"])
    return document


def routes(gateway, api, document, names):
    """Creates the routes. The emulator ignores an API's `Body`, the OpenAPI document, and a stack has no room for them as
    resources: each takes two.

    `names` has the functions' names by their logical ids.
    """
    authorizers = {}
    for name, scheme in document["components"]["securitySchemes"].items():
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        created = gateway.create_authorizer(
            ApiId=api,
            Name=name,
            AuthorizerType="REQUEST",
            AuthorizerUri=uri(authorizer["authorizerUri"], names),
            AuthorizerPayloadFormatVersion=authorizer["authorizerPayloadFormatVersion"],
            EnableSimpleResponses=authorizer["enableSimpleResponses"],
            IdentitySource=authorizer["identitySource"],
            AuthorizerResultTtlInSeconds=authorizer["authorizerResultTtlInSeconds"],
        )
        authorizers[name] = created["AuthorizerId"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            created = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=uri(integration["uri"], names),
                IntegrationMethod="POST",
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )
            needed = [authorizers[name] for need in operation.get("security", []) for name in need if name != "NONE"]
            gateway.create_route(
                ApiId=api,
                RouteKey=f"{method.upper()} {path}",
                Target=f"integrations/{created['IntegrationId']}",
                **({"AuthorizationType": "CUSTOM", "AuthorizerId": needed[0]} if needed else {}),
            )


def uri(reference, names):
    """The URI by which API Gateway invokes the function in a `Fn::Sub`."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{names[invoked(reference)]}"
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"


def invoked(reference):
    """The logical id of the function in a `Fn::Sub`."""
    [logical] = re.findall(r'(\w+)(?:\.|", ")Arn', json.dumps(reference))
    return logical


def concurrency(template):
    """A reference to a number stays a string in an event source mapping, which then stops."""
    for source in of_type(template, "AWS::Lambda::EventSourceMapping"):
        most = source.get("ScalingConfig", {}).get("MaximumConcurrency")
        if isinstance(most, dict):
            source["ScalingConfig"]["MaximumConcurrency"] = int(template["Parameters"][most["Ref"]]["Default"])


def permissions(role):
    """Some operations require other permissions than on AWS."""
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            # Sending a batch is an action of its own.
            if "sqs:SendMessage" in statement["Action"]:
                statement["Action"].append("sqs:SendMessageBatch")
            # Sending e-mail is checked against all resources, not against the identity.
            if "ses:SendEmail" in statement["Action"]:
                statement["Resource"] = "*"


def of_type(template, kind):
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]
