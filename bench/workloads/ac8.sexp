; The sum of 8 leaves under associativity and commutativity, to saturation with the simple scheduler.
;
; Every subset of the leaves is a class: 2^n-1 = 255 classes and 3^n-2^(n+1)+1+n = 6058 e-nodes.
; E-classes after an iteration in egg 0.11: 21, 46, 153, 419, 738, 579, 272, 255.

(rule comm-add (+ ?a ?b) (+ ?b ?a))
(rule assoc-add (+ ?a (+ ?b ?c)) (+ (+ ?a ?b) ?c))

(term (+ x1 (+ x2 (+ x3 (+ x4 (+ x5 (+ x6 (+ x7 x8))))))))
