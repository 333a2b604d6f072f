// tls_user.cc: a shared object with static (initial-exec) TLS, for dlopen_test.
//
// Sixteen bytes, as a small library has; the loader's reserve for such late comers is about 1.6
// KiB.
extern "C" {

[[gnu::tls_model("initial-exec")]] thread_local long tls_user_words[2] = {1, 2};

long tls_user_sum() { return tls_user_words[0] + tls_user_words[1]; }
}
