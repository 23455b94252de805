#!/bin/sh
# Unpacks a Debian package, with what this machine lacks of its dependencies, into the current folder:
# PACKAGE PROGRAM APT. Nothing is installed, no service starts, and nobody needs to be root. APT is a
# folder for what apt-get has to write. bin/NAME starts PROGRAM, a path in the packages.
set -e
package=$1
program=$2
apt=$3
mkdir -p "$apt/state/lists/partial" "$apt/cache" debs/partial bin
get() {
  apt-get --quiet --option "Dir::State=$apt/state" --option Dir::State::status=/var/lib/dpkg/status \
    --option "Dir::Cache=$apt/cache" --option "Dir::Cache::archives=$PWD/debs" \
    --option Dir::Cache::pkgcache= --option Dir::Cache::srcpkgcache= --option Acquire::GzipIndexes=true \
    --option Acquire::Languages=none --option APT::Sandbox::User= --option Debug::NoLocking=1 "$@"
}
download() {
  get install --reinstall --download-only --no-install-recommends --yes "$package"
  ls debs/*.deb >/dev/null 2>&1
}
download || { get update && download; }
for deb in debs/*.deb; do dpkg-deb --extract "$deb" .; done
rm -r debs

# Erlang's start script has the place where Debian installs it.
erl=usr/lib/erlang/bin/erl
if [ -f "$erl" ]; then
  # shellcheck disable=SC2016
  sed -i 's|ROOTDIR=/usr/lib/erlang$|ROOTDIR=$(dirname "$(dirname "$(readlink -f "$0")")")|' "$erl"
fi

fonts=etc/fonts/fonts.conf
if [ -f "$fonts" ]; then
  sed -i 's|<dir>/usr/share/fonts</dir>|<dir prefix="relative">../../usr/share/fonts</dir>|' "$fonts"
fi

# The program finds the others, the libraries and the fonts of these packages.
libraries=$(find . -name 'lib*.so*' | sed 's|^\.|$root|; s|/[^/]*$||' | sort -u | tr '\n' ':')
name=$(basename "$program")
cat >"bin/$name" <<END
#!/bin/sh
root=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
export LD_LIBRARY_PATH="$libraries\$LD_LIBRARY_PATH"
export PATH="\$root/usr/bin:\$PATH"
[ ! -f "\$root/$fonts" ] || export FONTCONFIG_FILE="\$root/$fonts"
exec "\$root/$program" "\$@"
END
chmod 755 "bin/$name"
