import type { DifferenceCause, CauseAdvice } from './verification.ts';

const ORDER_HELPS =
  'Sort what you list (`sort`, `find … | sort`, `$(sort $(wildcard …))` in make), with `LC_ALL=C`; have parallel jobs write files of their own and join them in a fixed order; set `PYTHONHASHSEED=0` or `PERL_HASH_SEED=0`.';

/** What each cause is, and what helps. */
const ADVICE: Readonly<Record<DifferenceCause, Omit<CauseAdvice, 'cause'>>> = {
  time: {
    means: 'a date or a time',
    helps:
      'Write the time of the sources instead of that of the build: `export SOURCE_DATE_EPOCH=…` at the beginning of the step, which compilers (`__DATE__`) and many tools take; or leave it out.',
  },
  duration: {
    means: 'how long something took',
    helps: 'Leave it out, or keep the log that has it out of the artifact.',
  },
  'random-name': {
    means: 'a random name',
    helps: 'Give temporary files fixed names, and make identifiers from the contents instead of at random.',
  },
  digest: {
    means: 'a digest, or another long hexadecimal number',
    helps: 'Find what it is the digest of: that differs too.',
  },
  address: { means: 'an address of memory', helps: 'Leave it out: print something of the object that stays.' },
  processors: {
    means: 'the number of processors',
    helps: 'Say how many jobs there are to be, as `make -j4`, and leave the number out of what is written.',
  },
  number: {
    means: 'a number (random, counted, the id of a process)',
    helps: 'Give what draws it a fixed seed, or leave it out.',
  },
  'line-order': { means: 'the order of lines', helps: ORDER_HELPS },
  'word-order': { means: 'the order of words', helps: ORDER_HELPS },
  'gzip-time': { means: 'the time in the head of a gzip file', helps: 'Compress with `gzip -n`.' },
  'pyc-time': {
    means: 'the time of the source in a Python `.pyc` file',
    helps: 'Compile with `--invalidation-mode unchecked-hash`, or set `SOURCE_DATE_EPOCH`.',
  },
  'archive-times': {
    means: 'the times of the members of an archive',
    helps:
      'tar: `--mtime=@$SOURCE_DATE_EPOCH` (and `--pax-option=delete=atime,delete=ctime`); ar: the flag `D`, as `ar rcD`; zip and jar: `touch -d @$SOURCE_DATE_EPOCH` the files first, and `zip -X`.',
  },
  'archive-owners': {
    means: 'the owners of the members of an archive',
    helps: 'tar: `--owner=0 --group=0 --numeric-owner`; ar: the flag `D`, as `ar rcD`.',
  },
  'archive-order': {
    means: 'the order of the members of an archive',
    helps: 'tar: `--sort=name`; others: give them the names sorted, as `find … | sort | zip -@ …`.',
  },
  'build-id': {
    means: 'the build id of an ELF file',
    helps:
      'The linker computes it from all that it is given, also from what is stripped later: find what else differs, as the names of directories in debugging information; or link with `-Wl,--build-id=none`.',
  },
};

/** What is to be said of these causes, each once. */
export function adviceOn(causes: Iterable<DifferenceCause>): CauseAdvice[] {
  return [...new Set(causes)].map((cause) => ({ cause, ...ADVICE[cause] }));
}
