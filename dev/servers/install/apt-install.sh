#!/bin/sh
# Installs a Debian package without starting the service in it: PACKAGE SERVICE
package=$1
service=$2
policy=/usr/sbin/policy-rc.d
mark='# orders-service: no services during an installation'

export DEBIAN_FRONTEND=noninteractive
apt='apt-get --quiet --option DPkg::Lock::Timeout=300'

ours() { grep -qsF "$mark" "$policy"; }
runs() { service "$service" status >/dev/null 2>&1; }
epmd_runs() { epmd -names >/dev/null 2>&1; }

clean_up() {
  ours && rm -f "$policy"
  # Setting RabbitMQ up, or asking for its status, leaves Erlang's register of nodes running.
  if [ -z "$epmd_ran_before" ] && epmd_runs; then epmd -kill >/dev/null 2>&1; fi
}
epmd_runs && epmd_ran_before=yes
trap clean_up EXIT
trap 'exit 143' INT TERM HUP
runs && ran_before=yes

# The machine's own policy stays; one of ours that an interrupted run left is renewed.
if [ ! -e "$policy" ] || ours; then
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy" && chmod 755 "$policy"
fi

install() { $apt install --yes --no-install-recommends "$package"; }
install || { $apt update && install; } || exit 1

# Nobody asked for the service, now or after the next boot; one that ran before is left alone.
if [ -z "$ran_before" ]; then
  runs && service "$service" stop
  update-rc.d "$service" disable >/dev/null 2>&1
fi
exit 0
