"""What the emulator (ministack 1.5.33) does otherwise than AWS, and how the templates get round it: all of it, and only here.

Each change is for one gap. Try without it after renewing ministack.
"""

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
    """Changes to what the SAM transform made of it."""
    resources = template["Resources"]
    routes(resources)
    concurrency(template)
    for role in of_type(resources, "AWS::IAM::Role"):
        permissions(role)


def routes(resources):
    """`AWS::ApiGatewayV2::Api` passes over `Body`: the OpenAPI document in it becomes resources."""
    api = resources["Api"]["Properties"]
    document = api.pop("Body")
    api.update(ProtocolType="HTTP", Name=document["info"]["title"])
    for name, scheme in document["components"]["securitySchemes"].items():
        said = scheme["x-amazon-apigateway-authorizer"]
        resources[f"{name}Authorizer"] = resource(
            "Authorizer",
            Name=name,
            AuthorizerType="REQUEST",
            AuthorizerUri=said["authorizerUri"],
            AuthorizerPayloadFormatVersion=said["authorizerPayloadFormatVersion"],
            EnableSimpleResponses=said["enableSimpleResponses"],
            IdentitySource=said.get("identitySource", []),
            AuthorizerResultTtlInSeconds=said["authorizerResultTtlInSeconds"],
        )
    operations = ((path, *one) for path, methods in document["paths"].items() for one in methods.items())
    for number, (path, method, operation) in enumerate(operations):
        said = operation["x-amazon-apigateway-integration"]
        resources[f"Integration{number}"] = resource(
            "Integration",
            IntegrationType="AWS_PROXY",
            IntegrationUri=said["uri"],
            IntegrationMethod="POST",
            PayloadFormatVersion=said["payloadFormatVersion"],
        )
        named = [name for need in operation.get("security", []) for name in need if name != "NONE"]
        proof = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": f"{named[0]}Authorizer"}} if named else {}
        target = {"Fn::Sub": f"integrations/${{Integration{number}}}"}
        resources[f"Route{number}"] = resource("Route", RouteKey=f"{method.upper()} {path}", Target=target, **proof)


def concurrency(template):
    """A reference to a number stays a text in an event source, which then takes nothing."""
    for source in of_type(template["Resources"], "AWS::Lambda::EventSourceMapping"):
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


def resource(kind, **properties):
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": {"ApiId": {"Ref": "Api"}, **properties}}


def of_type(resources, kind):
    return [one["Properties"] for one in resources.values() if one["Type"] == kind]
