import { createHash } from 'node:crypto'

const LENGTH = 8

/** A project where clients may see it: always the same 8 characters of `[a-z0-9]`, which tell nothing of its name. */
export const projectTag = (project: string): string =>
  BigInt(`0x${createHash('sha256').update(project).digest('hex')}`)
    .toString(36)
    .slice(-LENGTH)
