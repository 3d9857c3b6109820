#!/bin/sh
# Becomes a container: a root of its own with the image and the volumes in it, and nothing else of this machine.
# Runs as root in new mount and process namespaces, and gives everything up before it starts the program.
#
# container.sh ROOT FILES APP NODE [SOURCE:TARGET:ro|rw ...] -- COMMAND [ARGUMENT ...]
set -eu
root=$1 files=$2 app=$3 node=$4
shift 4

mount --make-rprivate /
mount -t tmpfs -o mode=0755,size=16m image "$root"
cd "$root"
mkdir -p usr etc proc dev tmp app opt/bin mnt var/lib/copilot

mount -o bind,ro /usr usr
for name in bin sbin lib lib32 lib64; do
  if [ -L "/$name" ]; then
    ln -s "$(readlink "/$name")" "$name"
  elif [ -d "/$name" ]; then
    mkdir "$name"
    mount -o bind,ro "/$name" "$name"
  fi
done

file() {
  touch "$2"
  mount -o "bind,$3" "$1" "$2"
}
file /etc/ld.so.cache etc/ld.so.cache ro
for name in hosts resolv.conf nsswitch.conf passwd group; do file "$files/$name" "etc/$name" ro; done
file "$node" opt/bin/node ro
file "$files/ca.pem" opt/ca.pem ro
file "$files/tini" opt/bin/tini ro

for name in dist node_modules; do
  mkdir "app/$name"
  mount -o bind,ro "$app/$name" "app/$name"
done
file "$app/package.json" app/package.json ro
mkdir app/bin
mount -o bind,ro "$app/services/bin" app/bin

mount -t proc proc proc
mount -t tmpfs -o mode=0755,size=1m dev dev
for name in null zero full random urandom tty; do file "/dev/$name" "dev/$name" rw; done
ln -s /proc/self/fd dev/fd
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 terminals dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777,size=64m shm dev/shm
mount -t tmpfs -o mode=1777,size=256m tmp tmp
mount -t tmpfs -o "mode=0700,uid=10001,gid=10001,size=256m" disk var/lib/copilot

while [ "$1" != -- ]; do
  source=${1%%:*} rest=${1#*:}
  target=.${rest%:*} mode=${rest##*:}
  mkdir -p "$target"
  mount -o "bind,$mode" "$source" "$target"
  shift
done
shift

# Whoever changes its user loses the signal that ends it with its parent: it is asked for after that.
exec chroot . env -u OLDPWD -u PWD -u _ -C /app \
  setpriv --reuid=10001 --regid=10001 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \
  setpriv --pdeathsig=KILL -- "$@"
