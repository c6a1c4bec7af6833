"""What sending is at the least, as it is often written for Lambda: an item read, a mail rendered, a message enqueued."""

import json
import os
import urllib.request

import boto3
import jinja2

RUNTIME = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")
mail = os.path.join(os.path.dirname(__file__), "../../../shared/rendering/examples/render_bench/reminder")
environment = jinja2.Environment(autoescape=True)
environment.filters["currency"] = lambda amount, _: f"${amount:,.2f}"
environment.filters["date"] = lambda day, _: day
with open(mail + ".html", encoding="utf-8") as file:
    template = environment.from_string(file.read())
with open(mail + ".json", encoding="utf-8") as file:
    context = json.load(file)


def handle(event):
    key = {"pk": {"S": "T#demo"}, "sk": {"S": "TENANT"}}
    dynamodb.get_item(TableName=os.environ["TABLE"], Key=key)
    entry = {"Id": "0", "MessageBody": template.render(context)}
    sqs.send_message_batch(QueueUrl=os.environ["DISPATCH_EMAIL_QUEUE_URL"], Entries=[entry])
    return {"statusCode": 202}


while True:
    with urllib.request.urlopen(f"{RUNTIME}/next") as work:
        request, event = work.headers["lambda-runtime-aws-request-id"], json.load(work)
    answer = json.dumps(handle(event)).encode()
    urllib.request.urlopen(f"{RUNTIME}/{request}/response", data=answer).close()
