"""What the emulator (ministack 1.5.33) does otherwise than AWS, and how the templates get round it: all of it, and only here.

Each change is for one gap. Try without it after renewing ministack.
"""

import json
import os
import re

REGION = os.environ["AWS_DEFAULT_REGION"]
# To the emulator, the id of a root's access key is the account.
ACCOUNT = os.environ["AWS_ACCESS_KEY_ID"]

TEMPLATES = {
    # The emulator speaks plain HTTP, where `aws:SecureTransport` is false and the bucket refuses everybody.
    "storage": lambda text: text.replace('aws:SecureTransport: "false"', 'aws:SecureTransport: "never"'),
}


def before(template):
    """Changes to the SAM template."""
    # Addresses on this machine are plain HTTP, too.
    for name in ("PublicWebhookUrl", "PublicUrl"):
        del template["Parameters"][name]["AllowedPattern"]


def after(template):
    """Changes to what the SAM transform made of it. Answers the API's OpenAPI document for `routes`."""
    concurrency(template)
    for role in of_type(template, "AWS::IAM::Role"):
        permissions(role)
    api = template["Resources"]["Api"]["Properties"]
    document = api.pop("Body")
    api.update(ProtocolType="HTTP", Name=document["info"]["title"])
    return document


def routes(gateway, api, document, names):
    """A stack's API passes over its `Body`, the OpenAPI document, and has no routes. They are created one by one; as resources of
    the stack they would be too many.

    `names` are those of the functions, by what the template calls them.
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
    """Where API Gateway invokes the function that a `Fn::Sub` refers to."""
    [logical] = re.findall(r'(\w+)(?:\.|", ")Arn', json.dumps(reference))
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{names[logical]}"
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"


def concurrency(template):
    """A reference to a number stays a text in an event source, which then takes nothing."""
    for source in of_type(template, "AWS::Lambda::EventSourceMapping"):
        most = source.get("ScalingConfig", {}).get("MaximumConcurrency")
        if isinstance(most, dict):
            source["ScalingConfig"]["MaximumConcurrency"] = int(template["Parameters"][most["Ref"]]["Default"])


def permissions(role):
    """IAM is asked other questions than AWS asks."""
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            # Sending ten messages at once is an action of its own.
            if "sqs:SendMessage" in statement["Action"]:
                statement["Action"].append("sqs:SendMessageBatch")
            # E-mail is sent in nobody's name.
            if "ses:SendEmail" in statement["Action"]:
                statement["Resource"] = "*"


def of_type(template, kind):
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]
