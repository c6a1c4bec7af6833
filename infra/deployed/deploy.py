"""Deploys an installation to ministack from the templates that deploy it to AWS.

Does what `sam deploy` and AWS do: uploads the code and runs the SAM transform. Prints the outputs of the stack `postrider` as JSON.
"""

import argparse
import hashlib
import io
import json
import os
import pathlib
import sys
import time
import types
import zipfile

import botocore.session
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

import shims

REPOSITORY = pathlib.Path(__file__).parents[2]
BUCKET = "postrider-deployments"
PATIENCE = 120


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("endpoint", help="where ministack listens")
    arguments.add_argument("programs", type=pathlib.Path, help="the folder of the functions' programs")
    arguments.add_argument("--parameter", action="append", default=[], help="of template.yaml: NAME=VALUE")
    given = arguments.parse_args()
    parameters = dict(parameter.split("=", 1) for parameter in given.parameter)
    endpoint = given.endpoint
    session = botocore.session.get_session()
    client = lambda service: session.create_client(service, endpoint_url=endpoint)
    cloudformation, s3 = client("cloudformation"), client("s3")

    s3.create_bucket(Bucket=BUCKET)

    # Uploaded: a template that is sent along has 51,200 bytes at most.
    def deploy(name, template, **said):
        s3.put_object(Bucket=BUCKET, Key=name, Body=template)
        return stack(cloudformation, name, TemplateURL=f"{endpoint}/{BUCKET}/{name}", **said)

    for name in ("storage", "queues"):
        deploy(f"postrider-{name}", written(f"infra/{name}.yaml"))

    template = yaml_parse(written("template.yaml"))
    locations = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            program = pathlib.Path(resource["Properties"]["CodeUri"]).name
            if program not in locations:
                locations[program] = uploaded(s3, given.programs / program)
            resource["Properties"]["CodeUri"] = locations[program]
    shims.before(template)
    deployed = transform(template, parameters, types.SimpleNamespace(load=dict))
    document = shims.after(deployed)
    outputs = deploy(
        "postrider",
        json.dumps(deployed, default=str),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="postrider")
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    names = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    shims.routes(client("apigatewayv2"), outputs["ApiId"], document, names)
    deploy("postrider-alarms", written("infra/alarms.yaml"))
    print(json.dumps(outputs))


def written(path):
    text = (REPOSITORY / path).read_text()
    return shims.TEMPLATES.get(pathlib.Path(path).stem, str)(text)


def uploaded(s3, program):
    """Uploads a program without compression, which would take longer than all else here; returns its location."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, program.read_bytes())
    key = f"{program.name}-{hashlib.sha256(package.getvalue()).hexdigest()[:12]}.zip"
    s3.put_object(Bucket=BUCKET, Key=key, Body=package.getvalue())
    return f"s3://{BUCKET}/{key}"


def stack(cloudformation, name, **said):
    """Creates a stack; returns its outputs."""
    begun = time.monotonic()
    cloudformation.create_stack(StackName=name, **said)
    while True:
        made = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if not made["StackStatus"].endswith("IN_PROGRESS"):
            break
        if time.monotonic() - begun > PATIENCE:
            sys.exit(f"{name}: {made['StackStatus']} after {PATIENCE} s")
        time.sleep(0.1)
    if made["StackStatus"] != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failed = [one for one in events if "FAILED" in one["ResourceStatus"]]
        reasons = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in failed]
        sys.exit("\n".join([f"{name}: {made['StackStatus']} {made.get('StackStatusReason', '')}", *reasons]))
    print(f"{name}: deployed in {time.monotonic() - begun:.1f} s", file=sys.stderr)
    return {output["OutputKey"]: output["OutputValue"] for output in made.get("Outputs", [])}


main()
