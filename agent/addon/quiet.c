/*
 * Quiet loop: keeps SIGPROF blocked while this thread's event loop polls for I/O.
 *
 * V8's sampler interrupts the thread with SIGPROF. In epoll_wait or kevent each signal ends the call with EINTR, the loop
 * turns for nothing, and eventLoopUtilization() of an idle process reads 0.93 instead of 0. libuv has an option for
 * exactly this, UV_LOOP_BLOCK_SIGNAL (https://docs.libuv.org/en/v1.x/loop.html#c.uv_loop_configure); Node exposes no way
 * to set it. A signal that comes meanwhile stays pending and is delivered as soon as the poll returns.
 *
 * Only Node-API and one libuv function are used, both stable within their major version, and no libc: one binary per
 * operating system and architecture serves every Node version, glibc and musl. libuv has no option to undo it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include <node_api.h>

struct uv_loop_s;
extern int uv_loop_configure(struct uv_loop_s* loop, int option, ...);

enum {
  LOOP_BLOCK_SIGNAL = 0, /* UV_LOOP_BLOCK_SIGNAL, first of uv_loop_option */
  SIGNAL_PROFILE = 27,   /* SIGPROF: 27 on Linux x64 and arm64 and on macOS; the only signal libuv takes here */
  NO_LOOP = -4095        /* UV_UNKNOWN and Node-API failures alike: nothing was changed */
};

/* block(): 0, or a negative libuv error code. Acts on the loop of the calling thread. */
static napi_value block(napi_env env, napi_callback_info info) {
  (void)info;
  struct uv_loop_s* loop = NULL;
  int32_t status = NO_LOOP;
  if (napi_get_uv_event_loop(env, &loop) == napi_ok && loop != NULL) {
    status = uv_loop_configure(loop, LOOP_BLOCK_SIGNAL, SIGNAL_PROFILE);
  }
  napi_value result = NULL;
  napi_create_int32(env, status, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function = NULL;
  if (napi_create_function(env, "block", 5, block, NULL, &function) == napi_ok) {
    napi_set_named_property(env, exports, "block", function);
  }
  return exports;
}
