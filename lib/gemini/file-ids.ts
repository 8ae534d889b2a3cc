/** What a client may say that a file is for, as the letter in its name. */
export const PURPOSES = {
  assistants: 'a',
  batch: 'b',
  'fine-tune': 'f',
  vision: 'v',
  user_data: 'u',
  evals: 'e',
} as const satisfies Record<string, string>

export type Purpose = keyof typeof PURPOSES

/** What the name of a file tells that was uploaded in OpenAI's or Anthropic's way. */
export interface NamedFile {
  purpose: Purpose
  /** As file names end in it: `pdf`; undefined for a type that has none. */
  ending: string | undefined
}

/** Of its project, of its purpose and by chance; then, in at most five characters, what it holds. Google takes 40. */
const OURS = /^files\/[a-z0-9]{8}-([a-z])[a-z0-9]{24}(?:-([a-z0-9]{1,5}))?$/
/** OpenAI's ids begin with `file-`, Anthropic's with `file_`; what follows is Google's name of it. */
const ID = /^file[-_]([a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)$/

/** A name for a new file, which carries all that a message needs to know of it. `chance`: 24 characters of `[a-z0-9]`. */
export const nameFor = (tag: string, { purpose, ending }: NamedFile, chance: string): string =>
  `files/${tag}-${PURPOSES[purpose]}${chance}${ending === undefined ? '' : `-${ending}`}`

export const readName = (name: string): NamedFile | undefined => {
  const [, letter, ending] = OURS.exec(name) ?? []
  const [purpose] = Object.entries(PURPOSES).find(([, known]) => known === letter) ?? []
  return purpose === undefined ? undefined : { purpose: purpose as Purpose, ending }
}

/** `file-abc` and `file_abc` → `files/abc`; undefined for what is no such id. */
export const nameOfId = (text: string): string | undefined => {
  const id = text.length < 50 ? ID.exec(text)?.[1] : undefined
  return id && `files/${id}`
}

export const idOfName = (name: string, prefix: 'file-' | 'file_'): string => prefix + name.replace(/^files\//, '')
