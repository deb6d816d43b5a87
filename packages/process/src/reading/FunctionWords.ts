/** The most frequent words of languages in Latin script: they tell the language of a text and are no topics in it. */
const lists: Readonly<Record<string, string>> = {
  en: `a about after again all also always am an and another any anyone anything are aren't around as at away back be because been before
    being best better both but by can can't cannot come could couldn't did didn't do does doesn't doing don't done dont down each either
    else even ever every everyone everything few first for from get gets getting give go goes going gonna good got great had has hasn't
    have haven't having he he's her here here's hers him his how how's i i'd i'll i'm i've if im in into is isn't it it's its itself just
    keep know last least less let let's like lol look made make makes making many may maybe me might more most much must my myself need
    never new next no nobody none not nothing now of off oh ok okay on once one only or other others our ours out over own people please
    put quite rather really right said same saw say says see seem she she's should shouldn't since so some someone something still stop
    such sure take than thank thanks that that's the their theirs them themselves then there there's these they they're thing things think
    this those though through time to today together told too took try two u under until up upon ur us use used using very via wanna want
    wants was wasn't way we we're we've well went were weren't what what's when where where's whether which while who who's whole whom whose
    why will with within without won't would wouldn't yeah yes yet you you'll you're you've your yours yourself`,
  de: `aber alle alles als also am an andere auch auf aus bei beim bin bis bist da damit dann das dass dein dem den denn der des dich die dir
    diese diesem diesen dieser dieses doch dort du durch eigentlich ein eine einem einen einer eines einfach er es etwas euch euer für ganz
    gegen geht gibt gut habe haben hast hat hatte heute hier hier ich ihm ihn ihnen ihr ihre ihren im immer in ins ist ja jetzt kann kein keine
    keinen können leider machen macht mal man mehr mein meine meinen mich mir mit muss nach nicht nichts noch nun nur ob oder ohne schon
    sehr sein seine seit selbst sich sie sind so soll sondern über um und uns unter viel viele vom von vor wann warum war waren was wegen
    weil weiter welche wenn wer werden wie wieder wir wird wo wurde zu zum zur zwei zwischen`,
  fr: `ai alors au aussi autre autres aux avait avant avec avoir bien bon c'est ça car ce cela ces cette ceux chez comme comment contre d'un
    d'une dans de depuis des deux dire donc du elle elles en encore entre es est et été être eux faire fait faut font ici il ils j'ai je
    jour juste l'on la le les leur leurs lui là ma mais me merci mes moi moins mon même n'est ne ni non nos notre nous on ont ou où par parce
    pas pendant peu peut plus pour pourquoi puis qu'il qu'on quand que quel quelle qui quoi rien sa sans se sera ses si son sont sous
    suis sur ta te tes toi ton toujours tous tout toute toutes très trop tu un une vers voilà voir vos votre vous vraiment y`,
  es: `a ahora al algo alguien algunos antes aquí así aunque bien bueno cada casi como cómo con contra cuando cuándo de del desde donde dónde
    dos durante el él ella ellos en entre era eran eres es esa ese eso esta está están estar este esto estos estoy fue gracias ha hace
    hacer han hasta hay he hoy la las le les lo los más me mejor mi mí mientras mis mucho muy nada ni no nos nosotros nuestro nuestra o
    otra otro para pero poco por porque puede pues que qué quien quién se sea ser si sí sido siempre sin sobre solo sólo son soy su sus
    también tan tanto te tener tengo tiene tienen todo todos toda todas tu tú tus un una uno unos usted va vamos ver vez vida y ya yo`,
  pt: `a agora ainda além alguém algo antes ao aos aqui as assim até bem bom cada coisa com como da das de depois desde dia do dois dos e é
    ela ele eles em entre era essa esse esta está estão estar este estou eu faz fazer foi gente hoje há isso isto já lá mais mas me melhor
    mesmo meu meus minha muita muito muitos na nada não nas nem no nos nossa nosso num numa nunca o obrigado os ou outra outro para pela
    pelo pessoas por porque pode pois pra pro qual quando que quem quer se sem sempre ser seu seus sobre só sou sua suas são também tão
    tem tenho ter teve toda todo todos tudo tá um uma vai vamos vez você vocês vou à às`,
  it: `a abbiamo adesso ai al alla alle allora altri altro anche ancora avere bene bello c'è casa che chi ci ciò come con contro cosa così cui
    da dal dalla degli dei del dell della delle di dire dopo dove due e è era essere fa fare fatto gli grazie ha hai hanno ho i il in io
    la le lei li lo loro lui ma mai me mentre mi mia mio molto ne nei nel nella nelle no noi non nostra nostro o oggi ogni ora per perché
    però più poi poco prima proprio può qualche quando quanto quelli quello questa queste questi questo qui sarà se sei sempre senza si sia
    solo sono sta stato su sua sul sulla suo tra tu tutta tutte tutti tutto tuo un un'altra una uno va vi voi`,
  nl: `aan al alle alleen als altijd ander ben bij daar dan dat de deze die dit doen door dus een eens en er even gaan gaat geen geweest goed
    had heb hebben heeft heel hem het hier hij hoe hun iets ik in is ja je jij jullie kan kon kunnen maar mag meer men mensen met mijn
    moet na naar niet niets nog nu of om omdat ons onze ook op over samen te tegen toch toen tot u uit van veel vandaag voor waar waarom
    want waren was wat we weer wel werd wie wij wil worden wordt zal ze zelf zich zij zijn zo zoals zonder zou`,
  sv: `alla att av bara blir bra de dem den det detta dig din du där efter eller en ett från för ha hade han har hon hur här i idag igen ingen
    inte jag kan kommer man med men mer mig min mitt mot mycket många måste ni nu när någon något och också om oss på sedan sig sin
    skulle som så till tycker under upp ut utan vad var vara varför vi vid vill är än över`,
  da: `af alle at bare blev bliver da de dem den denne der deres det dette dig din dog du efter eller en end er et for fra få gør ham han har
    havde hun hvad hvem hvis hvor hvordan ikke ind ingen jeg jer kan kom kun lige man med meget men mere mig min mit mod nej noget nogle nu
    når og også om op os over på selv sig skal som så til ud under var ved vi vil være`,
  no: `alle at av bare ble blir bli da de deg dem den denne der det dette du eller en er et etter for fra få ha hadde han har hun hva hvem hvis
    hvor hvordan ikke ingen inn jeg kan kommer man med meg mer men mot mye må ned nei noe noen nå når og også om opp oss over på selv seg
    skal som så til ut var ved veldig vi vil være`,
  pl: `aby ale bardzo bez bo by być był była było były ci co czy czyli dla do dobrze go gdy gdzie ich im ja jak jako je jego jej jest jestem
    jeszcze już każdy kiedy kto która które który ma mam mi mnie może można moje mój na nad nam nas nawet nic nie niż o od oraz po pod
    przed przez przy się sobie są ta tak także tam te tego tej ten to tu tutaj tych tylko tym w wiem więc wszystko z za zawsze ze że żeby`,
  fi: `ei että hän häntä he hyvin hyvä ihan ja jo joka jos joten kaikki kanssa koko koska kuin kun kyllä me mikä minun minä mitä mutta myös ne
    niin nyt näin oli olen olet olisi on ole ovat paljon se sen siellä siitä sinä sitten sitä tai taas te tämä tässä vaan vai vain vielä
    vähän`,
  tr: `ama ancak artık aslında az bana bazı belki ben beni benim bile bir biraz biri biz bize bizim bu bugün bunu bunun çok çünkü da daha de
    değil diye en evet gibi göre güzel hayır hem hep her hiç ile ise için iyi kadar kendi ki kim mı mi mu mü nasıl ne neden nerede o olan
    olarak oldu olsun onu onun sadece sana sen seni senin siz sonra şey şimdi şu tek tüm var ve veya ya yani yeni yine yok zaman`,
  id: `ada adalah agar aja akan aku anda apa atau bagi bahwa banget banyak baru begitu belum bisa buat bukan dalam dan dari dengan di dia
    dong gak gue hanya hari harus ini itu jadi jangan juga kalau kalo kami kamu karena ke kita lagi lah lain lebih mau mereka mungkin
    nggak nih oleh orang pada para saat saja sama sampai sangat saya sebagai sedang semua seperti setelah sudah tahun tak tapi telah
    tentang terima tidak untuk udah ya yang`,
  tl: `ako ang ano at ay ba bakit dahil din dito hindi ikaw ito iyon ka kami kasi kay kayo ko kung lang mga mo na naman namin nang nasa natin
    ng ngayon niya nila pa pag para pero po rin sa sana si sila siya tayo wala yan yung`,
  ro: `acest această aceste am ar are asta au avem ca care ce cel cea cu cum că da dacă de deci decât din doar după ea ei el eu fi foarte
    fost în într însă la le lor lui mai mult ne nici noi nu o pe pentru poate prin și sau se si sunt sunteți să te toate tot tu un una
    unde unei unui va vor este`,
  ca: `aquest aquesta als amb això ara bé cal com del dels des dia el els en entre és està fa fer hi ha han i jo la les li llengua més molt
    no nosaltres o on per perquè però pel pels què quan sense ser seva seu si són també té tot tots un una va van`,
  hu: `a az és nem is hogy egy van volt ez meg de csak már mint ha még azt vagy ezt kell sem lesz mert nagyon most itt ott aki ami nincs vannak
    én te ő mi minden`,
  cs: `a aby ale ani asi až být bez bude by byl byla bylo co ještě jako jak je jeho jen jsem jsme jsou jste když která které který ma mě mi
    mám na nebo není od po pod pro proto před při se si tak také to tom toho tu už v ve všechno z za ze že`,
  vi: `anh bạn bị các cái chỉ cho chúng có con của cũng đã đang đến để đi điều được em gì hay hơn khi không là lại làm lên mà mình một này
    năm ngày người nhiều như những nữa ở phải ra rất rồi sẽ sau tại thì tôi trong từ và vào về vì với`,
}

export const latinLanguages: ReadonlyArray<string> = Object.keys(lists)

/** For each word the languages that have it, as bits in the order of `latinLanguages`. */
export const languagesOf: ReadonlyMap<string, number> = Object.values(lists).reduce((bits, list, language) => {
  for (const word of new Set(list.split(/\s+/))) bits.set(word, (bits.get(word) ?? 0) | (1 << language))
  return bits
}, new Map<string, number>())

export const bitOf = (language: string | null): number => 1 << Math.max(0, latinLanguages.indexOf(language ?? "en"))
