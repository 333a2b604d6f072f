// operator_caught_call.cc: the frame that an exception does not leave, for each processor.
//
// The unwinder reads the personality from a variable, because it may be any runtime's. What the
// table says: an exception out of the one call is caught, whatever its type, at the label behind
// the return. Two threads may write the variable at once, with different values if the process
// holds two runtimes: each catches what the other threw, as foreign.
#include "api/operator_caught_call.h"

extern "C" {
// Written and read by the assembly only.
[[gnu::used]] constinit void* hakmem_caught_personality = nullptr;
}

asm(R"(
  .section .gcc_except_table.hakmem_call_caught, "a", %progbits
  .p2align 2
.Lhakmem_caught_table:
  .byte 0xff        /* places are relative to the function */
  .byte 0x00        /* types are plain addresses */
  .uleb128 .Lhakmem_caught_types_end - .Lhakmem_caught_header_end
.Lhakmem_caught_header_end:
  .byte 0x01        /* numbers are uleb128 */
  .uleb128 .Lhakmem_caught_sites_end - .Lhakmem_caught_sites
.Lhakmem_caught_sites:
  .uleb128 .Lhakmem_caught_call - hakmem_call_caught
  .uleb128 .Lhakmem_caught_return - .Lhakmem_caught_call
  .uleb128 .Lhakmem_caught_exception - hakmem_call_caught
  .uleb128 1        /* the first action */
.Lhakmem_caught_sites_end:
  .byte 1           /* the action: the first type */
  .byte 0           /* and no other */
  .p2align 2
  .quad 0           /* the type: any */
.Lhakmem_caught_types_end:

  .section .text.hakmem_call_caught, "ax", %progbits
  .p2align 4
  .globl hakmem_call_caught
  .hidden hakmem_call_caught
  .type hakmem_call_caught, %function
hakmem_call_caught:
  .cfi_startproc
  .cfi_personality 0x9b, hakmem_caught_personality   /* pc-relative, indirect */
  .cfi_lsda 0x1b, .Lhakmem_caught_table              /* pc-relative */
)"
#if defined(__x86_64__)
    R"(
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  movq %rsi, %rbx
  movq %rdx, %r12
  movq %rcx, hakmem_caught_personality(%rip)
.Lhakmem_caught_call:
  call *%rdi
.Lhakmem_caught_return:
  movl $1, %eax
.Lhakmem_caught_end:
  addq $8, %rsp
  .cfi_remember_state
  .cfi_adjust_cfa_offset -8
  popq %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  ret
.Lhakmem_caught_exception:
  .cfi_restore_state
  movq %rax, %rdi
  call *%rbx
  call *%r12
  xorl %eax, %eax
  jmp .Lhakmem_caught_end
)"
#elif defined(__aarch64__)
    R"(
  stp x29, x30, [sp, #-32]!
  .cfi_def_cfa_offset 32
  .cfi_offset 29, -32
  .cfi_offset 30, -24
  stp x19, x20, [sp, #16]
  .cfi_offset 19, -16
  .cfi_offset 20, -8
  mov x29, sp
  mov x19, x1
  mov x20, x2
  adrp x9, hakmem_caught_personality
  str x3, [x9, #:lo12:hakmem_caught_personality]
.Lhakmem_caught_call:
  blr x0
.Lhakmem_caught_return:
  mov w0, #1
.Lhakmem_caught_end:
  ldp x19, x20, [sp, #16]
  ldp x29, x30, [sp], #32
  .cfi_remember_state
  .cfi_def_cfa_offset 0
  .cfi_restore 19
  .cfi_restore 20
  .cfi_restore 29
  .cfi_restore 30
  ret
.Lhakmem_caught_exception:
  .cfi_restore_state
  blr x19
  blr x20
  mov w0, #0
  b .Lhakmem_caught_end
)"
#else
#error "hakmem knows how exceptions are caught on x86-64 and arm64"
#endif
    R"(
  .cfi_endproc
  .size hakmem_call_caught, . - hakmem_call_caught
  .text
)");
