# shellcheck shell=bash
# The comparison of an image with what its format's own program extracts, for compare-peers: $program lists an image or a directory.

# same NAME DETAIL DIRECTORY IMAGE [ARGUMENT...]: requires the image to have the files of the directory, and deletes both. Of the peers that restore
# only contents, none makes devices.
same() {
  list "$2" "$3" >expected
  list "$2" "${@:4}" --cache-dir cache >found
  if ! diff expected found >differences; then head -n 20 differences; echo "$1: files differ"; return 1; fi
  echo "ok: $1: $(wc -l <found) files"
  rm -rf "$3" "$4"
}
list() {
  if [ "$1" = content ]; then "${program:?}" --detail "$@" | sed '/^[bc] /d'; else "${program:?}" --detail "$@"; fi
}
erofs() {
  mkfs.erofs --quiet "${@:2}" image "$1"
  fsck.erofs --extract=out --preserve --xattrs image >log
  same "erofs of $*" attributes out image
}
squashfs() {
  mksquashfs "$1" image -no-progress -quiet "${@:2}" >log
  unsquashfs -no-progress -quiet -d out image >log
  same "squashfs of $*" attributes out image
}
# debugfs does not restore the times of directories.
ext4() {
  mke2fs -q -t ext4 -d "$1" "${@:2}" image 900M
  mkdir out
  debugfs -R 'rdump / out' image 2>log
  same "ext4 of $*" content out image
}
fat() {
  mkfs.vfat -C "${@:2}" image 600000 >log
  mcopy -s -i image "$1"/* ::
  mkdir out
  mcopy -s -n -i image '::*' out
  same "vfat of $*" content out image
}
