// empty_preload.cc: a library that can be preloaded and changes nothing.

extern "C" int empty_preload_is_loaded() { return 1; }
