#!/usr/bin/env bash
# Deploys an installation, or one of its former versions again: `make deploy STAGE=prod`, `make rollback STAGE=prod`.
# docs/deploying.md says what has to be there before, and what comes after.
#
# The order is the one in which the stacks import from each other. A version is what `sam package` made: templates that
# name their zips by content. It is kept beside the zips, so that going back builds nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "$1" >&2
  exit 1
}

command=${1:?"Usage: infra/deploy.sh deploy|rollback"}
stage=${STAGE:-}
arch=${ARCH:-arm64}
[[ $stage =~ ^[a-z]([a-z0-9-]{0,15}[a-z0-9])?$ ]] ||
  fail "STAGE is '$stage', and must be 1 to 17 lower-case letters, digits and hyphens, beginning with a letter: make $command STAGE=prod"
[[ $arch == arm64 || $arch == x86_64 ]] || fail "ARCH is '$arch', and must be arm64 or x86_64"

prefix=postrider-$stage
here=.local/deploy/$stage
export SAM_CLI_TELEMETRY=0
sam=$POSTRIDER_VENV/bin/sam
mkdir -p "$here"

# The bucket in which SAM keeps what it deploys from; made by the first `--resolve-s3`.
bucket() {
  aws cloudformation describe-stacks --stack-name aws-sam-cli-managed-default \
    --query "Stacks[0].Outputs[?OutputKey=='SourceBucket'].OutputValue" --output text
}

# A stack, with those of the parameters that its template has. What is not given stays as it was.
stack() {
  local name=$1 template=$2
  shift 2
  # shellcheck disable=SC2086 # PARAMETERS is a list.
  "$sam" deploy --stack-name "$name" --template-file "$template" --resolve-s3 --s3-prefix "$prefix" \
    --capabilities CAPABILITY_IAM --no-confirm-changeset --no-fail-on-empty-changeset \
    --parameter-overrides Prefix="$prefix" SecretPrefix="$prefix/" "$@" ${PARAMETERS:-}
}

functions_and_alarms() {
  stack "$prefix" "$here/template.yaml" "Architecture=$arch"
  stack "$prefix-alarms" "$here/alarms.yaml"
}

deploy() {
  local version
  version=$(date -u +%Y%m%dT%H%M%SZ)-$(git rev-parse --short HEAD)-$arch
  make build ARCH="$arch"
  "$sam" package --template-file template.yaml --resolve-s3 --s3-prefix "$prefix" --output-template-file "$here/template.yaml"
  cp infra/alarms.yaml "$here/alarms.yaml"
  stack "$prefix-storage" infra/storage.yaml
  aws cloudformation update-termination-protection --stack-name "$prefix-storage" --enable-termination-protection > /dev/null
  stack "$prefix-queues" infra/queues.yaml
  functions_and_alarms
  # Kept once it runs, so that every version that is listed did.
  aws s3 cp --only-show-errors "$here/template.yaml" "s3://$(bucket)/$prefix/versions/$version/template.yaml"
  aws s3 cp --only-show-errors "$here/alarms.yaml" "s3://$(bucket)/$prefix/versions/$version/alarms.yaml"
  echo "Deployed $version"
}

rollback() {
  local versions="s3://$(bucket)/$prefix/versions/"
  if [[ -z ${TO:-} ]]; then
    echo "Versions that ran, oldest first; go back to one with: make rollback STAGE=$stage TO=<version>"
    aws s3 ls "$versions" | awk '{ print $2 }' | tr -d / || fail "None: $stage was never deployed to the end"
    return
  fi
  arch=${TO##*-}
  aws s3 cp --only-show-errors "$versions$TO/template.yaml" "$here/template.yaml"
  aws s3 cp --only-show-errors "$versions$TO/alarms.yaml" "$here/alarms.yaml"
  functions_and_alarms
  echo "Back at $TO"
}

case $command in
  deploy | rollback) "$command" ;;
  *) fail "'$command' is no command; it must be deploy or rollback" ;;
esac
