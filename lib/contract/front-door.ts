/**
 * Where the bytes of large files go, past all functions: what follows it follows `/upload` at Google, so that the upload URL
 * that a function hands out is Google's with this in place of `/upload`.
 */
export const UPLOAD_SESSION = '/upload-session'

/** In this header a front door that stands before Function URLs says where it has that route: the whole path. */
export const UPLOAD_SESSION_HEADER = 'x-upload-session'
