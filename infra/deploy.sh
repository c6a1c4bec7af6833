#!/usr/bin/env bash
# Deploys an installation, or one of its former versions again, or the one that runs with other parameters:
# `make deploy STAGE=prod`, `make rollback STAGE=prod`, `make configure STAGE=prod PARAMETERS="Name=value"`.
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

command=${1:?"Usage: infra/deploy.sh deploy|rollback|configure"}
stage=${STAGE:-}
[[ $stage =~ ^[a-z]([a-z0-9-]{0,15}[a-z0-9])?$ ]] ||
  fail "STAGE is '$stage', and must be 1 to 17 lower-case letters, digits and hyphens, beginning with a letter: make $command STAGE=prod"
[[ -z ${ARCH:-} || $ARCH == arm64 || $ARCH == x86_64 ]] || fail "ARCH is '$ARCH', and must be arm64 or x86_64"

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

# The functions' stack, as JMESPath asks for it; nothing if there is none.
deployed() {
  local answer
  if ! answer=$(aws cloudformation describe-stacks --stack-name "$prefix" --query "Stacks[0].$1" --output text 2>&1); then
    [[ $answer == *"does not exist"* ]] || fail "$answer"
  else
    echo "$answer"
  fi
}

# A stack's template, as it was deployed.
template() {
  aws cloudformation get-template --stack-name "$1" --template-stage Original --query TemplateBody --output text
}

# The layout of what is stored, as the template of a version has it.
layout() {
  sed -n '/^  Layout:/,/Value:/s/.*Value: *//p' "$1" | tr -dc '[:digit:]'
}

# PARAMETERS must name what the templates have: SAM passes over other names in silence.
check_parameters() {
  local known unknown
  known=$(sed -n '/^Parameters:/,/^[A-Z]/s/^  \([A-Za-z0-9]*\):.*/\1/p' "$@" | sort -u)
  # shellcheck disable=SC2086 # PARAMETERS is a list.
  unknown=$(printf '%s\n' ${PARAMETERS:-} | sed 's/=.*//' | sort -u | comm -13 <(echo "$known") -)
  [[ -z $unknown ]] ||
    fail "PARAMETERS has $(paste -sd ' ' <<< "$unknown"), and must have only: $(paste -sd ' ' <<< "$known")"
}

# What one stage may do by the beginning of a name, it could do to another whose name begins with its own.
check_stages() {
  local all others other
  all=$(aws cloudformation describe-stacks --query Stacks[].StackName --output text)
  others=$(tr '\t' '\n' <<< "$all" | sed -n 's/^postrider-\(.*\)-storage$/\1/p')
  for other in $others; do
    # The functions of a stage that is called so have a stack of this name, too.
    [[ $stage == "$other-storage" ]] && continue
    [[ $other != "$stage"-* && $stage != "$other"-* ]] ||
      fail "STAGE is '$stage', and there is '$other': neither name must begin with the other and a hyphen. Choose another name, or another account"
  done
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
  stack "$prefix" "$here/template.yaml" "$@"
  stack "$prefix-alarms" "$here/alarms.yaml"
}

deploy() {
  local arch version
  check_stages
  check_parameters infra/storage.yaml infra/queues.yaml template.yaml infra/alarms.yaml
  arch=${ARCH:-$(deployed "Parameters[?ParameterKey=='Architecture'].ParameterValue")}
  arch=${arch:-arm64}
  version=$(date -u +%Y%m%dT%H%M%SZ)-$(git describe --always --dirty --exclude '*')-$arch
  make build ARCH="$arch"
  "$sam" package --template-file template.yaml --resolve-s3 --s3-prefix "$prefix" --output-template-file "$here/template.yaml"
  cp infra/alarms.yaml "$here/alarms.yaml"
  stack "$prefix-storage" infra/storage.yaml
  aws cloudformation update-termination-protection --stack-name "$prefix-storage" --enable-termination-protection > /dev/null
  stack "$prefix-queues" infra/queues.yaml
  functions_and_alarms "Architecture=$arch"
  # Kept once it runs, so that every version that is listed did.
  aws s3 cp --only-show-errors "$here/template.yaml" "s3://$(bucket)/$prefix/versions/$version/template.yaml"
  aws s3 cp --only-show-errors "$here/alarms.yaml" "s3://$(bucket)/$prefix/versions/$version/alarms.yaml"
  echo "Deployed $version"
}

rollback() {
  local versions running
  versions="s3://$(bucket)/$prefix/versions/"
  if [[ -z ${TO:-} ]]; then
    echo "Versions that ran, oldest first; go back to one with: make rollback STAGE=$stage TO=<version>"
    aws s3 ls "$versions" | awk '{ print $2 }' | tr -d / || fail "None: $stage was never deployed to the end"
    return
  fi
  aws s3 cp --only-show-errors "$versions$TO/template.yaml" "$here/template.yaml"
  aws s3 cp --only-show-errors "$versions$TO/alarms.yaml" "$here/alarms.yaml"
  check_parameters "$here/template.yaml" "$here/alarms.yaml"
  running=$(deployed "Outputs[?OutputKey=='Layout'].OutputValue")
  [[ $(layout "$here/template.yaml") == "$running" ]] || fail "\
TO is '$TO', which reads layout $(layout "$here/template.yaml") of what is stored, and must read $running, as the version that runs does:
it would not find what was stored since. Deploy a mended version instead, or restore the table: docs/deploying.md"
  functions_and_alarms "Architecture=${TO##*-}"
  echo "Back at $TO"
}

configure() {
  [[ -n ${PARAMETERS:-} ]] || fail "PARAMETERS is empty, and must say what to change: make configure STAGE=$stage PARAMETERS=\"Name=value\""
  template "$prefix" > "$here/template.yaml"
  template "$prefix-alarms" > "$here/alarms.yaml"
  check_parameters "$here/template.yaml" "$here/alarms.yaml"
  functions_and_alarms
  echo "Deployed what runs, with $PARAMETERS"
}

case $command in
  deploy | rollback | configure) "$command" ;;
  *) fail "'$command' is no command; it must be deploy, rollback or configure" ;;
esac
