// Other names for the types of https://ai.google.dev/gemini-api/docs/{image,audio,video}-understanding
const SYNONYMS: Record<string, string> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'audio/mpeg': 'audio/mp3',
  'audio/mpeg3': 'audio/mp3',
  'audio/x-mp3': 'audio/mp3',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-aiff': 'audio/aiff',
  'audio/x-aac': 'audio/aac',
  'audio/x-flac': 'audio/flac',
  'audio/x-m4a': 'audio/m4a',
  'video/quicktime': 'video/mov',
  'video/x-msvideo': 'video/avi',
  'video/x-ms-wmv': 'video/wmv',
  'application/x-pdf': 'application/pdf',
}

const BY_ENDING: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  wav: 'audio/wav',
  mp3: 'audio/mp3',
  aiff: 'audio/aiff',
  aac: 'audio/aac',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  m4a: 'audio/m4a',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mpg: 'video/mpg',
  mov: 'video/mov',
  avi: 'video/avi',
  flv: 'video/x-flv',
  webm: 'video/webm',
  wmv: 'video/wmv',
  '3gp': 'video/3gpp',
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  csv: 'text/csv',
  xml: 'text/xml',
  rtf: 'text/rtf',
  js: 'text/javascript',
  ts: 'text/plain',
  py: 'text/x-python',
  json: 'application/json',
}

/** First bytes, as Latin-1; a dot stands for any byte. */
const BY_MAGIC: readonly (readonly [magic: RegExp, mimeType: string])[] = [
  [/^\x89PNG/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8/, 'image/gif'],
  [/^RIFF....WEBP/s, 'image/webp'],
  [/^RIFF....WAVE/s, 'audio/wav'],
  [/^RIFF....AVI /s, 'video/avi'],
  [/^FORM....AIF/s, 'audio/aiff'],
  [/^%PDF-/, 'application/pdf'],
  [/^(ID3|\xff[\xfb\xf3\xf2])/, 'audio/mp3'],
  [/^OggS/, 'audio/ogg'],
  [/^fLaC/, 'audio/flac'],
  [/^....ftyp(heic|heix)/s, 'image/heic'],
  [/^....ftyp(mif1|heif)/s, 'image/heif'],
  [/^....ftypM4A/s, 'audio/m4a'],
  [/^....ftypqt/s, 'video/mov'],
  [/^....ftyp/s, 'video/mp4'],
  [/^.\x45\xdf\xa3/s, 'video/webm'],
]

/** A media type as Google names it, without parameters; empty for one that says nothing (`application/octet-stream`, `image/*`). */
export const normalType = (mimeType: string): string => {
  const [bare = ''] = mimeType.toLowerCase().split(';')
  const type = bare.trim()
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(type) || type.endsWith('/octet-stream')) return ''
  return Object.hasOwn(SYNONYMS, type) ? (SYNONYMS[type] ?? type) : type
}

const typeOfName = (name: string): string => {
  const ending = /\.(\w{1,5})$/.exec(name.slice(-8))?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(BY_ENDING, ending) ? (BY_ENDING[ending] ?? '') : ''
}

const typeOfBytes = (base64: string): string => {
  const head = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1')
  return BY_MAGIC.find(([magic]) => magic.test(head))?.[1] ?? ''
}

/** What is said counts, then what the bytes show, then what the name ends in; empty where nothing tells. */
export const mediaTypeOf = (said: string | undefined, name: string | undefined, base64 = ''): string =>
  (said && normalType(said)) || typeOfBytes(base64) || (name && typeOfName(name)) || ''

/** How the names of files of this type end; undefined for a type that nobody knows by its ending. */
export const endingOf = (mimeType: string): string | undefined =>
  Object.entries(BY_ENDING).find(([, type]) => type === mimeType)?.[0]
