/**
 * Tools whose calls have a type of their own, as functions that Gemini can call.
 * https://platform.openai.com/docs/guides/tools-shell, …/tools-local-shell and …/tools-apply-patch
 */
export const TYPED = {
  local_shell: {
    description: "Runs one command on the user's machine and returns its output.",
    schema: {
      type: 'object',
      properties: {
        command: { type: 'array', items: { type: 'string' }, description: 'The program and its arguments.' },
        working_directory: { type: 'string' },
        timeout_ms: { type: 'integer' },
      },
      required: ['command'],
    },
  },
  shell: {
    description: "Runs shell commands on the user's machine and returns the output of each.",
    schema: {
      type: 'object',
      properties: {
        commands: { type: 'array', items: { type: 'string' } },
        timeout_ms: { type: 'integer' },
        max_output_length: { type: 'integer', description: 'Characters of output to return for each command.' },
      },
      required: ['commands'],
    },
  },
  apply_patch: {
    description:
      'Creates, updates or deletes one file. `diff` is in the V4A format: every line starts with + (added), - (removed) ' +
      'or a space (kept), and a line @@ with the enclosing function or class says where a hunk is. A new file has + lines only.',
    schema: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: { type: 'string' },
        diff: { type: 'string', description: 'Absent when a file is deleted.' },
      },
      required: ['type', 'path'],
    },
  },
}
