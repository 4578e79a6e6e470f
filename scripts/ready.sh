# Makes a checkout ready to run: Node.js 26 and the packages of package-lock.json in node_modules, and the shared
# libraries that they load. ./shoal and scripts/node.sh source it, because it has to run where Node.js 26 does not start yet.
# Root on Debian gets what is missing from apt-get; everybody else gets one line that names the package.
# The caller sets `here`, the checkout. After make_ready, `node` is a Node.js that runs.

node="$here/node_modules/.bin/node"
# What `npm ci` wrote last: the packages that node_modules holds.
installed="$here/node_modules/.package-lock.json"
# "engines" in package.json says the same.
NODE_MAJOR=26
is_recent() { case $1 in v2[6-9].* | v[3-9][0-9].*) true ;; *) false ;; esac; }
# Each round of start_node installs all that the loader reports; a library may bring another that lacks one.
MAX_ROUNDS=5
# Libraries of Node.js 26 that a minimal system lacks. They are named together with npm, so that nobody is asked twice.
EXPECTED_LIBRARIES='libatomic.so.1 libstdc++.so.6'

say() { echo "shoal: $*" >&2; }
fail() {
  say "$*"
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
may_apt() { [ "$(id -u)" = 0 ] && has apt-get; }

# apt_install PACKAGES REASON
apt_install() {
  say "installing $1 with apt-get ($2)"
  log=$(mktemp)
  # An update that fails for one source of many is no obstacle; the installation decides.
  apt-get update >"$log" 2>&1 </dev/null || :
  # shellcheck disable=SC2086 # a list of names
  if ! DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $1 >>"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get did not install $1; its output stands above"
  fi
  rm -f "$log"
}

# Prints the Debian package of a shared library, or nothing. Names follow Debian's rule (libNAME.so.N is in libNAMEN, and
# in libNAMEN"t64" since the change of time_t); apt-cache, where it has lists, decides between them.
package_of() {
  known=yes
  case $1 in
    libatomic.so.1) name=libatomic1 ;;
    libstdc++.so.6) name=libstdc++6 ;;
    libgcc_s.so.1) name=libgcc-s1 ;;
    libgomp.so.1) name=libgomp1 ;;
    libssl.so.3 | libcrypto.so.3) name=libssl3 ;;
    libz.so.1) name=zlib1g ;;
    libsqlite3.so.0) name=libsqlite3-0 ;;
    *)
      known=no
      name=$(echo "$1" | sed -n 's/\([0-9]\)\.so\./\1-/;s/\.so\.//;s/_/-/g;/^lib[a-zA-Z0-9+.-]*$/p' | tr '[:upper:]' '[:lower:]')
      ;;
  esac
  [ -n "$name" ] || return 0
  if has apt-cache; then
    for candidate in "$name" "${name}t64"; do
      if [ -n "$(apt-cache show --no-all-versions "$candidate" 2>/dev/null)" ]; then
        echo "$candidate"
        return 0
      fi
    done
  fi
  if [ $known = yes ]; then echo "$name"; fi
}

# need_libraries LIBRARIES WHO: installs the packages of shared libraries, or says in one line which to install.
need_libraries() {
  libraries=$(echo $1)
  if may_apt; then apt-get update >/dev/null 2>&1 </dev/null || :; fi
  packages= unknown=
  for library in $libraries; do
    package=$(package_of "$library")
    if [ -n "$package" ]; then packages="$packages $package"; else unknown="$unknown $library"; fi
  done
  packages=$(printf '%s\n' $packages | sort -u)
  packages=$(echo $packages)
  if [ -n "$unknown" ]; then
    fail "$2 needs shared libraries that this system lacks: install the packages that contain$unknown${packages:+, and $packages}"
  elif may_apt; then
    apt_install "$packages" "$2 needs $libraries"
  elif has apt-get; then
    fail "$2 needs $libraries, which this system lacks: sudo apt-get install $packages"
  else
    fail "$2 needs $libraries, which this system lacks: install the package that contains it (on Debian: $packages)"
  fi
}

# Reads the output of ldd and of the loaders of glibc and musl; prints the libraries that they did not find.
missing_in() {
  sed -n \
    -e 's/^[[:space:]]*\([^[:space:]]*\) => not found.*/\1/p' \
    -e 's/.*error while loading shared libraries: \([^:]*\): cannot open shared object file.*/\1/p' \
    -e 's/.*Error loading shared library \([^:]*\): No such file.*/\1/p' |
    # Packages carry binaries for musl beside those for glibc.
    grep -v '^libc\.musl' | sort -u
}

need_npm() {
  if has npm; then return 0; fi
  packages='nodejs npm'
  for library in $EXPECTED_LIBRARIES; do
    if [ -x /sbin/ldconfig ] && ! /sbin/ldconfig -p | grep -qF "$library"; then
      packages="$packages $(package_of "$library")"
    fi
  done
  if may_apt; then
    apt_install "$packages" 'once; this takes a minute or two'
  elif has apt-get; then
    fail "npm is missing, which installs Shoal's libraries: sudo apt-get install $packages"
  else
    fail "npm is missing, which installs Shoal's libraries: install Node.js and npm (on Debian: $packages)"
  fi
}

# install_packages REASON
install_packages() {
  if [ ! -w "$here" ] || { [ -e "$here/node_modules" ] && [ ! -w "$here/node_modules" ]; }; then
    owner=$(ls -ld "$here" | { read -r _ _ owner _ && echo "$owner"; })
    fail "$1, and $here cannot be written by $(id -un): run this as $owner: cd $here && npm ci"
  fi
  need_npm
  say "$1: installing Node.js $NODE_MAJOR and libraries into $here/node_modules (once, about 350 MiB)"
  if ! (cd "$here" && npm ci --no-audit --no-fund --loglevel=error </dev/null >&2); then
    fail "the installation failed; npm's output stands above. To try again: cd $here && npm ci"
  fi
}

# The package "node" brings Node.js by an install script, which npm skips where it is told to.
need_node() {
  if [ -x "$node" ]; then return 0; fi
  if [ -w "$here/node_modules" ] && has npm; then
    say "npm skipped the install script that brings Node.js $NODE_MAJOR: running it"
    (cd "$here" && npm rebuild node --loglevel=error </dev/null >/dev/null) || :
  fi
  if [ -x "$node" ]; then return 0; fi
  if has node && is_recent "$(node --version 2>/dev/null)"; then
    node=$(command -v node)
    return 0
  fi
  fail "npm does not run the install script that brings Node.js $NODE_MAJOR: cd $here && npm rebuild node --ignore-scripts=false"
}

start_node() {
  need_node
  round=0
  until words=$("$node" --version 2>&1); do
    if has ldd; then words="$words
$(ldd "$node" 2>/dev/null || :)"; fi
    missing=$(printf '%s\n' "$words" | missing_in)
    round=$((round + 1))
    if [ -z "$missing" ] || [ $round -gt $MAX_ROUNDS ]; then
      fail "Node.js $NODE_MAJOR does not start on this system: $(printf '%s\n' "$words" | head -n 1)"
    fi
    need_libraries "$missing" "Node.js $NODE_MAJOR"
  done
  is_recent "$words" || fail "Shoal needs Node.js $NODE_MAJOR, and $node is $words: cd $here && npm ci"
}

# npm leaves out packages for which the Node.js that runs npm is too old (Debian 12 has 18), though Node.js 26 will use
# them: it runs once more, with that one. Asked once after each installation.
fill_in() {
  filled="$here/node_modules/.filled-in"
  if [ "$filled" -nt "$installed" ] || [ ! -w "$here/node_modules" ] || ! has npm; then return 0; fi
  if ! names=$("$node" "$here/scripts/installed.ts" "$here" left-out); then
    say "npm left out $names: installing it with Node.js $NODE_MAJOR"
    if ! (cd "$here" && PATH="$here/node_modules/.bin:$PATH" NODE_NO_WARNINGS=1 \
      npm install --no-save --no-audit --no-fund --loglevel=error </dev/null >/dev/null); then
      say "npm could not install it: the page of the daemon cannot be built (npm run build:page)"
    fi
  fi
  touch "$filled" 2>/dev/null || :
}

# Compiled code in packages loads libraries too. They are looked at once after each installation.
check_libraries() {
  checked="$here/node_modules/.libraries-checked"
  if [ "$checked" -nt "$installed" ] || ! has ldd; then return 0; fi
  missing=$(
    find "$here/node_modules" -type f ! -name '*musl*' \
      \( -name '*.node' -o -name '*.so' -o -name '*.so.*' -o \( -perm -u+x -size +64k ! -name '*.*' \) \) \
      -exec ldd {} + 2>/dev/null | missing_in
  )
  if [ -n "$missing" ]; then need_libraries "$missing" 'A library in node_modules'; fi
  touch "$checked" 2>/dev/null || :
}

make_ready() {
  if [ ! -e "$installed" ]; then install_packages 'first run'; fi
  start_node
  # `git pull` may bring other dependencies. The dates are a hint (git writes a file anew when it changes); what is inside
  # decides.
  if [ "$here/package-lock.json" -nt "$installed" ]; then
    if ! "$node" "$here/scripts/installed.ts" "$here"; then
      install_packages 'package-lock.json has changed'
      start_node
    fi
    touch -c "$installed" 2>/dev/null || :
  fi
  fill_in
  check_libraries
}
