/** OpenAI's voices → Gemini's of a like character. https://ai.google.dev/gemini-api/docs/speech-generation#voices */
const VOICES: Readonly<Record<string, string>> = {
  alloy: 'Kore',
  ash: 'Charon',
  ballad: 'Umbriel',
  cedar: 'Iapetus',
  coral: 'Aoede',
  echo: 'Orus',
  fable: 'Puck',
  marin: 'Sulafat',
  nova: 'Leda',
  onyx: 'Algenib',
  sage: 'Vindemiatrix',
  shimmer: 'Zephyr',
  verse: 'Achird',
}

/** Gemini's name of a voice, by either vendor's; a name that neither knows yet is left for Gemini to judge. */
export const voiceOf = (asked: string): string => {
  const name = asked.toLowerCase()
  return Object.hasOwn(VOICES, name) ? (VOICES[name] ?? asked) : name.charAt(0).toUpperCase() + name.slice(1)
}
