// static_program.cc: a program that no preloaded library reaches.

int main() { return 0; }
