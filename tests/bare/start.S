/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the processor begins, in the secure world, and how it goes to the other one
 * and comes back.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
	.arch	armv7-a
	.arch_extension sec
	.arch_extension virt

	.section .start, "ax"
	.global	_start
_start:
	ldr	sp, =stack_top
	ldr	r0, =monitor_vectors
	mcr	p15, 0, r0, c12, c0, 1		/* MVBAR */
	/* What the other world runs is copied to where it can see it. */
	ldr	r0, =normal_start
	ldr	r1, =normal_end
	ldr	r2, =normal_load
1:	cmp	r0, r1
	ldrlo	r3, [r2], #4
	strlo	r3, [r0], #4
	blo	1b
	bl	main
2:	wfi
	b	2b

	.text
	.align	5
monitor_vectors:
	b	.
	b	.
	b	back				/* SMC */
	b	.
	b	.
	b	.
	b	.
	b	.

/*
 * void in_normal_world(void (*function)(void)): runs it there, with a stack of that world
 */
	.global	in_normal_world
in_normal_world:
	push	{r4-r11, lr}
	ldr	r1, =secure_sp
	str	sp, [r1]
	cps	#0x16				/* monitor mode */
	mrc	p15, 0, r1, c1, c1, 0		/* SCR */
	orr	r1, r1, #1			/* NS */
	mcr	p15, 0, r1, c1, c1, 0
	isb
	ldr	lr, =normal_entry
	mov	r1, #0xd3			/* SVC, no interrupts */
	msr	spsr_cxsf, r1
	movs	pc, lr

back:
	mrc	p15, 0, r1, c1, c1, 0
	bic	r1, r1, #1
	mcr	p15, 0, r1, c1, c1, 0
	isb
	cps	#0x13
	ldr	r1, =secure_sp
	ldr	sp, [r1]
	pop	{r4-r11, pc}

	.section .normal, "ax"
normal_entry:
	ldr	sp, =normal_stack_top
	blx	r0
	smc	#0
	b	.
	.ltorg

	.bss
	.align	2
secure_sp:
	.space	4

	.section .note.GNU-stack, "", %progbits
