import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { idOfName, nameFor, nameOfId, PURPOSES, type Purpose, readName } from '../../lib/gemini/file-ids.ts'
import { modelOf } from '../../lib/gemini/models/model.ts'
import { partOfUrl } from '../../lib/gemini/request/media.ts'
import { projectTag } from '../../lib/gemini/resources/project-tag.ts'

const chance = fc.stringMatching(/^[a-z0-9]{24}$/)
const purposes = fc.constantFrom(...(Object.keys(PURPOSES) as Purpose[]))
const endings = fc.constantFrom(undefined, 'pdf', 'jpeg', '3gp', 'webm')

test('a name tells what it was made of, is one that Google takes, and comes back from either id', () => {
  fc.assert(
    fc.property(fc.string(), purposes, endings, chance, (project, purpose, ending, random) => {
      const name = nameFor(projectTag(project), { purpose, ending }, random)
      expect(name).toMatch(/^files\/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/)
      expect(readName(name)).toEqual({ purpose, ending })
      expect(nameOfId(idOfName(name, 'file-'))).toBe(name)
      expect(nameOfId(idOfName(name, 'file_'))).toBe(name)
    }),
  )
})

test.each(['file-', 'file_-a', 'file-a-', 'file-A', 'file-a/b', 'files/a', `file-${'a'.repeat(41)}`, 'profile-a', ''])(
  '%j is no id',
  (text) => {
    expect(nameOfId(text)).toBeUndefined()
  },
)

test('names of other makes tell nothing', () => {
  for (const name of ['files/abc', `files/abcdefgh-${'a'.repeat(24)}`, `files/abcdefgh-z${'a'.repeat(24)}-pdf`]) {
    expect(readName(name)).toBeUndefined()
  }
})

test('the media type of a file is that of its name, whatever else is said of it', () => {
  const name = nameFor('abcdefgh', { purpose: 'user_data', ending: 'pdf' }, 'x'.repeat(24))
  const part = partOfUrl(idOfName(name, 'file-'), { filename: 'a.txt' }, modelOf('gemini-3.6-flash'), 'p')
  expect(part).toEqual({
    fileData: { fileUri: `https://generativelanguage.googleapis.com/v1beta/${name}`, mimeType: 'application/pdf' },
  })
})
