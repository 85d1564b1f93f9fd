/** What a file takes on the disk, holes left out: stat(2) counts blocks of 512 bytes, whatever the file system has. */
export function diskBytes({ blocks }: { readonly blocks: number }): number {
  return blocks * 512;
}
