/*
 * Quiet loop: keeps SIGPROF blocked while this thread's event loop polls for I/O.
 *
 * V8's sampler interrupts the thread with SIGPROF. In epoll_wait or kevent each signal ends the call with EINTR, the loop
 * turns for nothing, and eventLoopUtilization() of an idle process reads 0.93 instead of 0. libuv has an option for
 * exactly this, UV_LOOP_BLOCK_SIGNAL (https://docs.libuv.org/en/v1.x/loop.html#c.uv_loop_configure); Node exposes no way
 * to set it. A signal that comes meanwhile stays pending and is delivered as soon as the poll returns.
 *
 * It also tells how many requests the loop has under way: jobs of the thread pool, and writes and connects that wait. With none
 * nobody on this thread waits for the pool, and nothing need wake one of its threads to find that out. And it reads the wall
 * clock finer than to JavaScript's whole milliseconds, which would have to be watched until they step.
 *
 * Only Node-API, two libuv functions and the public head of its loop are used, stable within their major version, and no libc:
 * one binary per operating system and architecture serves every Node version, glibc and musl. libuv has no option to undo it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include <node_api.h>

/* The head of uv.h's own, as it has been since 1.20. */
struct uv_loop_s {
  void* data;
  unsigned int active_handles;
  void* handle_queue[2];
  union {
    void* unused;
    unsigned int count;
  } active_reqs;
};
extern int uv_loop_configure(struct uv_loop_s* loop, int option, ...);

/* uv_timespec64_t */
struct uv_time {
  int64_t seconds;
  int32_t nanos;
};
extern int uv_clock_gettime(int clock, struct uv_time* time);

enum {
  LOOP_BLOCK_SIGNAL = 0, /* UV_LOOP_BLOCK_SIGNAL, first of uv_loop_option */
  SIGNAL_PROFILE = 27,   /* SIGPROF: 27 on Linux x64 and arm64 and on macOS; the only signal libuv takes here */
  CLOCK_REAL = 1,        /* UV_CLOCK_REALTIME of uv_clock_id */
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

/* requests(): how many are under way, of the loop of the calling thread; -1 if there is no loop. */
static napi_value requests(napi_env env, napi_callback_info info) {
  (void)info;
  struct uv_loop_s* loop = NULL;
  int64_t count = -1;
  if (napi_get_uv_event_loop(env, &loop) == napi_ok && loop != NULL) {
    count = loop->active_reqs.count;
  }
  napi_value result = NULL;
  napi_create_int64(env, count, &result);
  return result;
}

/* epochNanos(): the wall clock, a BigInt; undefined if it cannot be read. */
static napi_value epoch_nanos(napi_env env, napi_callback_info info) {
  (void)info;
  struct uv_time time;
  napi_value result = NULL;
  if (uv_clock_gettime(CLOCK_REAL, &time) == 0) {
    napi_create_bigint_int64(env, time.seconds * 1000000000 + time.nanos, &result);
  }
  return result;
}

static void export_as(napi_env env, napi_value exports, const char* name, size_t length, napi_callback callback) {
  napi_value function = NULL;
  if (napi_create_function(env, name, length, callback, NULL, &function) == napi_ok) {
    napi_set_named_property(env, exports, name, function);
  }
}

NAPI_MODULE_INIT() {
  export_as(env, exports, "block", sizeof "block" - 1, block);
  export_as(env, exports, "requests", sizeof "requests" - 1, requests);
  export_as(env, exports, "epochNanos", sizeof "epochNanos" - 1, epoch_nanos);
  return exports;
}
