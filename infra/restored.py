"""Keeps a restored table from sending again what has left since the instant that it was restored to.

The sweep sends what is on the due index. This takes off it what the old table has finished; or, if there is no old table to ask,
what was due before Postrider stopped, with what a queue may have had then. Prints each such thing. It may be repeated.
docs/deploying.md says when it runs: while functions are stopped, before they are pointed at the restored table.
"""

import argparse
import datetime

import botocore.session

INDEX = "by_due"
# As in shared/platform/src/store/keys.rs.
SHARDS = [f"DUE#{shard:02}" for shard in range(16)]
# What is in a queue is due again after this long: shared/platform/src/pipeline/sweep.rs.
IN_A_QUEUE = datetime.timedelta(minutes=6)
# What makes messages leave. Sums of hours and remains of erased people are to be done again.
SENDING = {"INTERACTION", "BATCH", "OPERATION", "TASK"}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("restored", help="the restored table")
    known = arguments.add_mutually_exclusive_group(required=True)
    known.add_argument("--old", help="the table that was used before")
    instant = datetime.datetime.fromisoformat
    known.add_argument("--stopped", type=instant, help="when Postrider stopped, such as 2026-11-27T14:00:00Z")
    given = arguments.parse_args()
    queued = given.stopped and f"{(given.stopped + IN_A_QUEUE).astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S}"
    dynamodb = botocore.session.get_session().create_client("dynamodb")

    taken = 0
    for item in due(dynamodb, given.restored):
        key = {"pk": item["pk"], "sk": item["sk"]}
        left = has_finished(dynamodb, given.old, key) if given.old else item["due_sk"]["S"] < queued
        if left:
            take_off(dynamodb, given.restored, key)
            print(key["pk"]["S"])
            taken += 1
    print(f"{taken} things were taken off the due index of {given.restored}")


def due(dynamodb, table):
    """What is on the due index and makes messages leave. Read before anything is taken off, for that changes the pages."""
    found = []
    for shard in SHARDS:
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            IndexName=INDEX,
            KeyConditionExpression="due_pk = :shard",
            ExpressionAttributeValues={":shard": {"S": shard}},
        )
        found += [item for page in pages for item in page["Items"] if item["sk"]["S"] in SENDING]
    return found


def has_finished(dynamodb, table, key):
    """Whether the old table has it, and not on the due index. What is not there at all was never finished."""
    answer = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True, ProjectionExpression="pk, due_pk")
    return "Item" in answer and "due_pk" not in answer["Item"]


def take_off(dynamodb, table, key):
    dynamodb.update_item(TableName=table, Key=key, UpdateExpression="REMOVE due_pk, due_sk")


main()
