#!/bin/sh
# In the machine, as-user.sh TEST ...: runs these tests. Without any: what contractor finds of this host, a build and a
# shell in a system tree of its own programs, and all that probe.ts tries.
checkout=$PWD
programs=$checkout/programs
contractor() { node --disable-warning=ExperimentalWarning "$programs/cli/main.js" "$@"; }

echo "# as $(id -un): $(uname -srm), $(bwrap --version), Node $(node --version)"
if [ $# -gt 0 ]; then
  vitest run --project unit --project host --max-workers 1 "$@"
  echo "# as $(id -un): the tests ended with $?"
  exit
fi

work=$(mktemp -d)
CONTRACTOR_STORE=$work/store
export CONTRACTOR_STORE
cd "$work" || exit
contractor doctor
mkdir -p tree/bin tree/tmp tree/etc
for program in sh cat ls grep; do
  cp "/bin/$program" tree/bin
  ldd "/bin/$program" | sed -n 's|.*[[:space:]]\(/[^ ]*\) (0x.*|\1|p' | xargs cp --parents --target-directory=tree
done
contractor artifact import tree tree
cat >build.yaml <<'END_OF_SPECIFICATION'
projects:
  - project: made
    build-steps:
      - { action: create-systree, artifact-name: tree, container-name: c }
      - { action: shell, container-name: c, shell: 'echo made >made' }
      - { action: create-artifact, artifact-name: made }
  - project: used
    build-steps:
      - { action: create-systree, artifact-name: tree, container-name: c, writable: true }
      - { action: unpack-artifact, artifact-name: made }
      - { action: shell, container-name: c, shell: 'cat made; grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status; no-such-program' }
END_OF_SPECIFICATION
contractor build build.yaml
echo "# as $(id -un): the build ended with $? (its last program is not there: 1)"
contractor logs used:3 --receipt
# A terminal of its own, of which the command is the leader: the 7th field is its terminal, and the 8th who is in front.
echo 'cat /proc/$$/stat; exit 5' | script -qec "node $programs/cli/main.js shell used:3" /dev/null
echo "# as $(id -un): the shell ended with $? (that is to be 5)"
node --disable-warning=ExperimentalWarning "$programs/host-vm/probe.js"
echo "# as $(id -un): the probes ended with $?"
