// How a message of Google's API is described here: field → kind, in the names of its JSON form.

export type Scalar =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  /** google.protobuf.Value: any JSON. */
  | 'any'
  /** google.protobuf.Struct: any JSON object. */
  | 'struct'

export type Kind =
  | Scalar
  | { list: Kind }
  | { map: Kind }
  /** The type's name in Google's errors, and its values. */
  | { choice: string; values: readonly string[] }
  | { message: string }

export type Message = Readonly<Record<string, Kind>>

export const list = (of: Kind): Kind => ({ list: of })
export const map = (of: Kind): Kind => ({ map: of })
export const message = (name: string): Kind => ({ message: name })
export const choice = (name: string, ...values: string[]): Kind => ({ choice: name, values })

/** Strings of any value are no choice of the caller's: upper-cased first, as Google's parser is lenient here. */
export const TYPE_PREFIX = 'type.googleapis.com/google.ai.generativelanguage.v1beta.'
