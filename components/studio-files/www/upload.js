// Files put where the API can read them.

import { ApiError, here, persist, post, unwrap } from "/studio/api.js";

const AT_ONCE = 3;

function put(url, file, type, progress) {
  return new Promise((done, stop) => {
    const request = new XMLHttpRequest();
    request.open("PUT", here(url));
    request.setRequestHeader("Content-Type", type);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => stop(new ApiError(0, "UPLOAD_FAILED", ""));
    request.onload = () => {
      // The first that comes through counts: one that was only not answered is there all the same.
      if (request.status < 300 || request.status === 409) return done();
      try {
        unwrap(request.status, request.responseText);
      } catch (error) {
        return stop(error.message ? error : new ApiError(request.status, "UPLOAD_FAILED", ""));
      }
      return stop(new ApiError(request.status, "UPLOAD_FAILED", ""));
    };
    request.send(file);
  });
}

/** Uploads a file; its URL, good for a day. A broken connection is tried again. */
export async function upload(file, type, progress) {
  const place = await persist(() => post("/api/v1/upload", { contentType: type, sizeBytes: file.size }));
  await persist(() => put(place.uploadUrl, file, type, progress));
  return place.publicUrl;
}

/** Does something with each, a few at the same time. The first failure ends it, once all under way have ended. */
export async function each(list, work) {
  const queue = [...list];
  const failures = [];
  const worker = async () => {
    while (queue.length > 0 && failures.length === 0) {
      try {
        await work(queue.shift());
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw failures[0];
}
