import type { Json } from './wire.ts'

// Objects that a client wrote in Google's form, whose names come in camel case or snake case. Names are given in camel case.

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A field's name as this object spells it. */
export const spelled = (object: Json, name: string): string => {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.hasOwn(object, snake) ? snake : name
}

export const fieldOf = (object: Json, name: string): unknown => {
  const key = spelled(object, name)
  return Object.hasOwn(object, key) ? object[key] : undefined
}

export const objectIn = (object: Json, name: string): Json => {
  const value = fieldOf(object, name)
  return isObject(value) ? value : {}
}

export const objectsIn = (object: Json, name: string): Json[] => {
  const value = fieldOf(object, name)
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** A copy with the field set, under the name that the object has for it. */
export const withField = (object: Json, name: string, value: unknown): Json => ({
  ...object,
  [spelled(object, name)]: value,
})
